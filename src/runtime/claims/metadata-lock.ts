import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { Native } from '../native.ts';

/** An open file whose owner is to change. */
export interface Lockable {
  readonly path: string;
  readonly descriptor: number;
}

/** What `use` makes of it, or the file that somebody else is changing just now. */
export type Locked<T> = { readonly value: T } | { readonly busy: string };

/**
 * Runs `use` while libvirt can change neither owner nor marks of these files (all have libvirt's metadata lock).
 * Does not wait. A file system that has no locks has none of libvirt's either.
 */
export function withMetadataLocks<T>(
  native: Native,
  files: readonly Lockable[],
  use: () => T,
): Locked<T> {
  const locks: number[] = [];
  try {
    for (const { path, descriptor } of files) {
      const lock = openLock(native, descriptor);
      if (lock === 'busy') return { busy: path };
      if (lock !== null) locks.push(lock);
    }
    return { value: use() };
  } finally {
    for (const lock of locks) closeSync(lock);
  }
}

// Reading only: who closes a block device that could be written has udev put its own owner back.
// Without waiting: the file's owner may hold a lease on it.
const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

function openLock(native: Native, descriptor: number): number | null | 'busy' {
  // To open a character device may do something to it: a serial line is raised, a TPM is taken.
  if (fstatSync(descriptor).isCharacterDevice()) return null;
  let lock: number | undefined;
  try {
    lock = openSync(`/proc/self/fd/${descriptor}`, flags);
    if (native.tryMetadataLock(lock)) return lock;
    closeSync(lock);
    return 'busy';
  } catch (error) {
    if (lock !== undefined) closeSync(lock);
    return explain(error);
  }
}

/** What says nothing about the file, but that nothing should go on now. */
const exhausted: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM'];

function explain(error: unknown): null | 'busy' {
  const { code = '' } = error as NodeJS.ErrnoException;
  // A lease that its holder has yet to give up.
  if (code === 'EAGAIN') return 'busy';
  if (exhausted.includes(code)) throw error;
  // A server that trusts no root, a drive without medium: libvirt could not lock it either.
  return null;
}
