import { statSync } from 'node:fs';
import type { OpenFile } from './process-facts.ts';
import { attempt, orNull, type Reading, readLink, readNumbers, readText } from './read-proc.ts';

/**
 * The regular files and block devices that a process has open, those that still have a name. One that cannot be
 * looked at makes the whole list refused: what is missing from it would pass for harmless.
 */
export function readFiles(base: string): Reading<readonly OpenFile[]> {
  const numbers = readNumbers(`${base}/fd`);
  if (numbers.kind !== 'value') return numbers;
  const files: OpenFile[] = [];
  for (const number of numbers.value) {
    const file = readFile(base, number);
    if (file.kind === 'refused') return file;
    if (file.kind === 'value' && file.value !== null) files.push(file.value);
  }
  return { kind: 'value', value: files };
}

function readFile(base: string, descriptor: number): Reading<OpenFile | null> {
  const link = readLink(`${base}/fd/${descriptor}`);
  if (link.kind !== 'value') return link;
  const path = link.value;
  // Pipes, sockets and the kernel's own have no path, memory files have one of nowhere.
  if (!path.startsWith('/') || path.startsWith('/memfd:')) return { kind: 'value', value: null };
  const facts = attempt(() => statSync(`${base}/fd/${descriptor}`));
  if (facts.kind !== 'value') return facts;
  const { uid, gid, nlink } = facts.value;
  const size = facts.value.isFile() ? facts.value.size : null;
  const isKept = nlink > 0 && (size !== null || facts.value.isBlockDevice());
  if (!isKept) return { kind: 'value', value: null };
  const [isWritable, mode] = [canWrite(base, descriptor), facts.value.mode & 0o7777];
  return { kind: 'value', value: { descriptor, path, isWritable, size, uid, gid, mode } };
}

// The line `flags:` of proc_pid_fdinfo(5), octal: the two lowest bits are open(2)'s access mode.
function canWrite(base: string, descriptor: number): boolean {
  const text = orNull(readText(`${base}/fdinfo/${descriptor}`)) ?? '';
  // Not to be seen: the worse case.
  const flags = /^flags:\s+([0-7]+)$/m.exec(text)?.[1] ?? '2';
  return (Number.parseInt(flags, 8) & 0o3) !== 0;
}
