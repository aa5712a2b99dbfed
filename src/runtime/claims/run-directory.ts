import {
  chmodSync,
  constants,
  fchmodSync,
  fchownSync,
  lstatSync,
  mkdirSync,
  openSync,
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
/** Root's own in RUN: a service's unit shows it a directory of this as RUN/NAME, and nobody else comes through here. */
export const hiddenRoot = '.services';

/** Refuses a RUN/NAME that is there already: no record says that it was made for a VM. */
export function requireNoRunDirectory(native: Native, run: string, name: string): void {
  const top = openOwnDirectory(native, run);
  if (top === null) return;
  withDescriptor(top, () => {
    for (const own of [name, `${hiddenRoot}/${name}`]) {
      const facts = lstatSync(`/proc/self/fd/${top}/${own}`, { throwIfNoEntry: false });
      if (facts !== undefined) throw nobodys(`${run}/${own}`);
    }
  });
}

function nobodys(path: string): AppError {
  return new AppError('VP_LEDGER_UNTRUSTED', `${path} exists and belongs to no VM on record`, {
    path,
    hint: 'remove it, or give the VM another name or run directory',
  });
}

/**
 * Makes RUN (0711, the caller's) and RUN/NAME (0700, the target's): the one
 * place where QEMU may make sockets and files of its own.
 */
export function makeRunDirectory(native: Native, run: string, name: string, owner: Owner): void {
  makeIn(native, run, 0o711, name, owner);
}

/** The same once more for the unit of a service, where the target's other processes do not come: see `hiddenRoot`. */
export function makeHiddenDirectory(native: Native, run: string, name: string, owner: Owner): void {
  makeIn(native, `${run}/${hiddenRoot}`, 0o700, name, owner);
}

function makeIn(native: Native, top: string, mode: number, name: string, owner: Owner): void {
  withDescriptor(makeOwnDirectory(native, top, mode), (above) => {
    // A service manager may have made it, as a place to mount on.
    chmodSync(`/proc/self/fd/${above}`, mode);
    const path = `/proc/self/fd/${above}/${name}`;
    mkdirSync(path, { mode: 0o700 });
    withDescriptor(openSync(path, flags), (made) => {
      fchmodSync(made, 0o700);
      fchownSync(made, owner.uid, owner.gid);
    });
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
  for (const top of [`${base}/${hiddenRoot}`, base]) {
    try {
      removeOwn(top, record);
    } catch {
      // Something is mounted on one of them: the other goes all the same.
    }
  }
}

function removeOwn(base: string, { name, identity }: ClaimRecord): void {
  const path = `${base}/${name}`;
  if (isDirectoryOf(path, identity.uid)) setAside(base, name);
  // A launcher that was killed before it gave the directory away has left it empty.
  else removeEmpty(path);
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
