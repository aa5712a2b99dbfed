import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { AppError } from '../../errors.ts';
import { withDescriptor } from '../files.ts';
import type { Owner } from './record.ts';

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Makes RUN (0711, the caller's) and RUN/NAME (0700, the target's): the one
 * place where QEMU may make sockets and files of its own.
 */
export function makeRunDirectory(run: string, name: string, owner: Owner): void {
  mkdirSync(run, { recursive: true, mode: 0o711 });
  const top = openSync(run, flags);
  withDescriptor(top, () => {
    requireOwn(top, run);
    const path = `/proc/self/fd/${top}/${name}`;
    makeEmpty(path);
    const own = openSync(path, flags);
    withDescriptor(own, () => {
      fchmodSync(own, 0o700);
      fchownSync(own, owner.uid, owner.gid);
    });
  });
}

// Asked first: an exception for what is usual costs a tenth of a millisecond.
function makeEmpty(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) removeTree(path);
  mkdirSync(path, { mode: 0o700 });
}

// Somebody who can write here could put another directory under the VM's name.
function requireOwn(descriptor: number, path: string): void {
  const facts = fstatSync(descriptor);
  if (facts.uid === process.geteuid?.() && (facts.mode & 0o022) === 0) {
    if ((facts.mode & 0o7777) !== 0o711) chmodSync(`/proc/self/fd/${descriptor}`, 0o711);
    return;
  }
  throw new AppError('VP_LEDGER_UNTRUSTED', `the run directory ${path} can be written by others`, {
    path,
    hint: `it must be yours alone: chown ${process.geteuid?.()} and chmod 0711 it`,
  });
}

/** Removes what a VM has left in its run directory. What cannot go is harmless and stays. */
export function removeRunDirectory(run: string, name: string): void {
  try {
    const top = openSync(run, flags);
    withDescriptor(top, () => removeTree(`/proc/self/fd/${top}/${name}`));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

// One level, by descriptor: the owner is unprivileged and could swap a directory for a link meanwhile.
function removeTree(path: string): void {
  let own: number;
  try {
    own = openSync(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    for (const entry of readdirSync(`/proc/self/fd/${own}`)) {
      unlinkSync(`/proc/self/fd/${own}/${entry}`);
    }
  } finally {
    closeSync(own);
  }
  rmdirSync(path);
}
