import { closeSync, constants, fstatSync, fsyncSync, mkdirSync } from 'node:fs';
import { posix } from 'node:path';
import { AppError } from '../../errors.ts';
import { pathInRoot, type Root } from '../root.ts';
import { openDirectory } from '../root-files.ts';
import { errorCode, fileError } from '../system-error.ts';

/** Where a root's own records are kept. */
export const STATE_DIRECTORY = '/var/lib/virt-privileges';
export const APPLIES_DIRECTORY = `${STATE_DIRECTORY}/applies`;

type StatePath = typeof STATE_DIRECTORY | typeof APPLIES_DIRECTORY;

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Has `use` work in a directory of records, null when there is none; throws VP_LEDGER_UNTRUSTED. */
export function withStateDirectory<T>(
  root: Root,
  path: StatePath,
  use: (directory: number | null) => T,
): T {
  return closing(open(root, path), use);
}

/** The same with a directory that is made (0700) when it is missing. */
export function withMadeDirectory<T>(
  root: Root,
  path: StatePath,
  use: (directory: number) => T,
): T {
  return closing(open(root, path) ?? make(root, path), use);
}

function closing<D extends number | null, T>(directory: D, use: (directory: D) => T): T {
  try {
    return use(directory);
  } finally {
    if (directory !== null) closeSync(directory);
  }
}

function open(root: Root, path: StatePath): number | null {
  const shown = pathInRoot(root, path);
  try {
    const directory = root.native.openBeneath(root.directory, path, flags, 0);
    requireOwn(directory, shown);
    return directory;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null;
    if (!['ELOOP', 'ENOTDIR'].includes(errorCode(cause)))
      throw fileError('VP_FILE_READ', shown, cause);
    throw untrusted(shown, 'it is no directory');
  }
}

function make(root: Root, path: StatePath): number {
  try {
    const name = posix.basename(path);
    const makeBelow = (parent: number) => makeDirectory(parent, name);
    if (path === APPLIES_DIRECTORY) withMadeDirectory(root, STATE_DIRECTORY, makeBelow);
    else closing(openDirectory(root, posix.dirname(path)), makeBelow);
  } catch (cause) {
    throw fileError('VP_FILE_WRITE', pathInRoot(root, path), cause);
  }
  const made = open(root, path);
  if (made !== null) return made;
  throw untrusted(pathInRoot(root, path), 'it was removed again while it was made');
}

// Another run may make it at the same time.
function makeDirectory(parent: number, name: string): void {
  try {
    mkdirSync(`/proc/self/fd/${parent}/${name}`, 0o700);
    fsyncSync(parent);
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw cause;
  }
}

// Whoever may write here decides what a later revert puts into files of root.
function requireOwn(directory: number, shown: string): void {
  const { uid, mode } = fstatSync(directory);
  if (uid === process.geteuid?.() && (mode & 0o022) === 0) return;
  closeSync(directory);
  throw untrusted(shown, `it belongs to uid ${uid} with mode ${(mode & 0o7777).toString(8)}`);
}

function untrusted(shown: string, reason: string): AppError {
  return new AppError('VP_LEDGER_UNTRUSTED', `cannot use ${shown}: ${reason}`, {
    path: shown,
    hint: 'it must be a directory of root that nobody else can write: look what is in it first',
  });
}
