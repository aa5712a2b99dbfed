import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';

/** open(2)'s flag for "name this file, touch nothing"; Node has no name for it. */
export const O_PATH = 0o10000000;

/** What stands at a path; null when nothing can be reached by it, 'hidden' where the caller itself cannot look. */
export type Facts = Stats | 'hidden' | null;

export function lookAt(path: string): Facts {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    return ['ELOOP', 'ENAMETOOLONG'].includes(code) ? null : 'hidden';
  }
}

/** Which file it is that stands at a path. */
export interface FoundFile {
  readonly type: 'file' | 'directory' | 'block' | 'character' | 'other';
  /** As stat(2) has them, in decimal: they may exceed 2^53. */
  readonly device: string;
  readonly inode: string;
}

/** The file that a path leads to, through links; null where nothing can be seen. */
export function findFile(path: string): FoundFile | null {
  try {
    const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (facts === undefined) return null;
    return { type: typeOf(facts), device: String(facts.dev), inode: String(facts.ino) };
  } catch {
    return null;
  }
}

function typeOf(facts: BigIntStats): FoundFile['type'] {
  if (facts.isFile()) return 'file';
  if (facts.isDirectory()) return 'directory';
  if (facts.isBlockDevice()) return 'block';
  return facts.isCharacterDevice() ? 'character' : 'other';
}

/** Closes the descriptor whatever happens in between. */
export function withDescriptor<T>(descriptor: number, use: (descriptor: number) => T): T {
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

interface Replacement {
  readonly mode: number;
  /** Another group than the caller's; the mode is then exactly that, whatever the umask. */
  readonly gid?: number;
  /** Sync file and directory: for what must survive a crash. */
  readonly durable: boolean;
}

/**
 * Replaces a file in one step below an open directory (`base` is its
 * `/proc/self/fd/N`): an exclusive temporary file beside it, renamed.
 */
export function replaceBelow(
  base: string,
  name: string,
  content: string | Uint8Array,
  options: Replacement,
): void {
  const temporary = `${base}/.${name}.${process.pid}.new`;
  writeExclusive(temporary, Buffer.from(content), options);
  try {
    renameSync(temporary, `${base}/${name}`);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
  if (options.durable) syncDirectory(base);
}

/** What was renamed or removed in it stays so after a crash. */
export function syncDirectory(path: string): void {
  withDescriptor(openSync(path, constants.O_RDONLY), fsyncSync);
}

function writeExclusive(path: string, content: Buffer, options: Replacement): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openNew(path, flags, options.mode);
  try {
    withDescriptor(descriptor, () => {
      writeWhole(descriptor, content);
      if (options.gid !== undefined) giveGroup(descriptor, options.gid, options.mode);
      if (options.durable) fsyncSync(descriptor);
    });
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

function giveGroup(descriptor: number, gid: number, mode: number): void {
  fchownSync(descriptor, -1, gid);
  fchmodSync(descriptor, mode);
}

// What a killed launcher of the same pid has left must not bar this one.
function openNew(path: string, flags: number, mode: number): number {
  try {
    return openSync(path, flags, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    unlinkSync(path);
    return openSync(path, flags, mode);
  }
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done);
  }
}
