import {
  chmodSync,
  constants,
  fchmodSync,
  fchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { AppError } from '../../errors.ts';
import type { ClaimRecord, Owner } from '../../formats/claim-record.ts';
import { withDescriptor } from '../files.ts';
import type { Native } from '../native.ts';
import { makeOwnDirectory, openOwnDirectory } from '../own-directory.ts';

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** What the name of a directory ends with that no VM has any more. */
export const asideSuffix = '.old';
/** A service's own directory in RUN/NAME, which it sees as RUN/NAME: nobody outside of its unit comes through that. */
export const hiddenName = 'vm';

/** Refuses a RUN/NAME that is there already: no record says that it was made for a VM. */
export function requireNoRunDirectory(native: Native, run: string, name: string): void {
  const top = openOwnDirectory(native, run);
  if (top === null) return;
  withDescriptor(top, () => {
    const path = `/proc/self/fd/${top}/${name}`;
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
    throw new AppError(
      'VP_LEDGER_UNTRUSTED',
      `${run}/${name} exists and belongs to no VM on record`,
      {
        path: `${run}/${name}`,
        hint: 'remove it, or give the VM another name or run directory',
      },
    );
  });
}

/**
 * Makes RUN (0711, the caller's) and RUN/NAME (0700, the target's): the one
 * place where QEMU may make sockets and files of its own.
 */
export function makeRunDirectory(native: Native, run: string, name: string, owner: Owner): void {
  makeIn(native, run, name, (own) => fchownSync(own, owner.uid, owner.gid));
}

/** The same for a service: RUN/NAME (0700) stays the caller's, and the target's is `hiddenName` in it. */
export function makeHiddenDirectory(native: Native, run: string, name: string, owner: Owner): void {
  makeIn(native, run, name, (own) => {
    makeBelow(own, hiddenName, (hidden) => fchownSync(hidden, owner.uid, owner.gid));
  });
}

type Use = (directory: number) => void;

function makeIn(native: Native, run: string, name: string, use: Use): void {
  withDescriptor(makeOwnDirectory(native, run, 0o711), (top) => {
    // A service manager may have made it, as a place to mount on.
    chmodSync(`/proc/self/fd/${top}`, 0o711);
    makeBelow(top, name, use);
  });
}

function makeBelow(directory: number, name: string, use: Use): void {
  const path = `/proc/self/fd/${directory}/${name}`;
  mkdirSync(path, { mode: 0o700 });
  withDescriptor(openSync(path, flags), (made) => {
    fchmodSync(made, 0o700);
    use(made);
  });
}

/** Moves a VM's run directory out of the next one's way, for `sweepRunDirectory`, and removes what `prepare` left beside it. */
export function removeRunDirectory(native: Native, record: ClaimRecord): void {
  try {
    const top = openOwnDirectory(native, record.runDirectory);
    if (top !== null) withDescriptor(top, () => removeAll(`/proc/self/fd/${top}`, record));
  } catch {
    // A directory that stays loses nothing of anybody's; the next start of this name says so.
  }
}

// Another VM may have such a name: its directory is not touched.
function removeAll(base: string, record: ClaimRecord): void {
  for (const file of [`${record.name}.plan`, `${record.name}.json`]) {
    if (lstatSync(`${base}/${file}`, { throwIfNoEntry: false })?.isFile() === true)
      unlinkSync(`${base}/${file}`);
  }
  removeOwn(base, record);
}

function removeOwn(base: string, record: ClaimRecord): void {
  const path = `${base}/${record.name}`;
  const { uid } = record.identity;
  if (isDirectoryOf(path, uid) || isHidden(path, uid)) setAside(base, record.name);
  // A launcher that was killed before it gave a directory away has left it empty.
  else for (const each of [`${path}/${hiddenName}`, path]) removeEmpty(each);
}

// What holds anything else was made by nobody here.
function isHidden(path: string, owner: number): boolean {
  return isDirectoryOf(`${path}/${hiddenName}`, owner) && readdirSync(path).length === 1;
}

function isDirectoryOf(path: string, owner: number): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts?.isDirectory() === true && facts.uid === owner;
}

// Emptying it takes as long as somebody has filled it, and all wait for the ledger meanwhile: that comes later.
function setAside(base: string, name: string): void {
  if (removeEmpty(`${base}/${name}`)) return;
  renameSync(`${base}/${name}`, `${base}/.${name}.${process.pid}-${Date.now()}${asideSuffix}`);
}

function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (!['ENOTEMPTY', 'ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    return false;
  }
}
