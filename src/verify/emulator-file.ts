import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { basename } from 'node:path';
import { attempt, type Reading } from './read-proc.ts';

const emulatorName = /^\.?qemu-(kvm|system)\b/;
// What `-version` and `-help` print stands in every build, a stripped one too. Programs that start QEMU may hold the
// first, to know its version, and not the second.
const marks = ['QEMU emulator version', 'freeze CPU at startup'].map((text) => Buffer.from(text));
const overlap = Math.max(...marks.map(({ length }) => length)) - 1;
// No system emulator is smaller, few programs are larger: most files are never read.
const smallest = 1024 * 1024;
const mostRead = 64 * 1024 * 1024;
const blockSize = 1024 * 1024;

/** Whether this is what distributions call a system emulator: `qemu-kvm`, `qemu-system-*`. */
export function isEmulatorName(path: string): boolean {
  return emulatorName.test(basename(path));
}

/** Whether a process's own name, of 15 letters, is an emulator's. */
export function isEmulatorProcessName(name: string): boolean {
  return emulatorName.test(name) || name === 'kvm';
}

/** What was found out about program files, by what names one for good. */
export type SeenFiles = Map<string, boolean>;

/** Whether the program file at this place of /proc holds an emulator; each file is read once. */
export function holdsEmulator(path: string, seen: SeenFiles): Reading<boolean> {
  return attempt(() => {
    // Opening is harmless: what runs is a regular file.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return look(file, seen);
    } finally {
      closeSync(file);
    }
  });
}

function look(file: number, seen: SeenFiles): boolean {
  const facts = fstatSync(file, { bigint: true });
  const { size } = facts;
  const key = keyOf(facts);
  const known = seen.get(key);
  if (known !== undefined) return known;
  const found = size >= smallest && hasMarks(file);
  seen.set(key, found);
  return found;
}

/** What is seen before anything was looked at: the interpreter of this program is large, and no emulator. */
export function seeOwnProgram(): SeenFiles {
  return new Map([[keyOf(statSync('/proc/self/exe', { bigint: true })), false]]);
}

function keyOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

function hasMarks(file: number): boolean {
  const block = Buffer.alloc(blockSize + overlap);
  let [missing, kept] = [marks, 0];
  for (let offset = 0; offset < mostRead; ) {
    const count = readSync(file, block, kept, blockSize, offset);
    if (count === 0) return false;
    const end = kept + count;
    missing = missing.filter((mark) => !block.subarray(0, end).includes(mark));
    if (missing.length === 0) return true;
    // The words may lie across two blocks.
    kept = Math.min(overlap, end);
    block.copyWithin(0, end - kept, end);
    offset += count;
  }
  return false;
}
