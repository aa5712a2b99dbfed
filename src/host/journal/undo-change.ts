import { chmodSync, closeSync, constants, fstatSync, fsyncSync, rmdirSync } from 'node:fs';
import { posix } from 'node:path';
import { AppError } from '../../errors.ts';
import { findGroup } from '../../formats/group.ts';
import { readAccountFiles } from '../facts/read-accounts.ts';
import { pathInRoot, type Root, withPath } from '../root.ts';
import { errorCode, fileError } from '../system-error.ts';
import { isSameImage, readImage, removeFile, writeAttributes } from './file-image.ts';
import type { RecordedDevice, RecordedFile } from './journal-entry.ts';
import { writeImage } from './write-image.ts';

/** What a file or node is like, seen from a record of it. */
export type UndoState = 'before' | 'after' | 'other';

export function fileState(root: Root, { path, before, after }: RecordedFile): UndoState {
  const now = readImage(root, path);
  if (isSameImage(now, before)) return 'before';
  return isSameImage(now, after) ? 'after' : 'other';
}

/**
 * Puts back what was there before the recorded change, and removes the directories that it made and
 * left empty. Throws VP_REVERT_REFUSED for a file in another state, unless it is forced.
 */
export function undoFile(root: Root, record: RecordedFile, isForced: boolean): void {
  const state = fileState(root, record);
  if (state === 'other' && !isForced) throw changedError(root, record.path);
  if (state !== 'before') restore(root, record);
  for (const directory of record.directories.toReversed()) removeEmpty(root, directory);
}

function changedError(root: Root, path: string): AppError {
  const shown = pathInRoot(root, path);
  return new AppError('VP_REVERT_REFUSED', `cannot take back ${shown}: it was changed since`, {
    path: shown,
    hint: '--force takes it back all the same',
  });
}

/** Removes the file that an interrupted run may have left for this record; only ours has this name. */
export function removeTemporary(root: Root, { path, temporary }: RecordedFile): void {
  removeFile(root, posix.join(posix.dirname(path), temporary));
}

function restore(root: Root, { path, before, temporary }: RecordedFile): void {
  if (before === null) removeFile(root, path);
  else writeImage(root, path, before, temporary);
}

function removeEmpty(root: Root, path: string): void {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY;
  try {
    const parent = root.native.openBeneath(root.directory, posix.dirname(path), flags, 0);
    try {
      rmdirSync(`/proc/self/fd/${parent}/${posix.basename(path)}`);
      fsyncSync(parent);
    } finally {
      closeSync(parent);
    }
  } catch (cause) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY'].includes(errorCode(cause))) return;
    throw fileError('VP_FILE_WRITE', pathInRoot(root, path), cause);
  }
}

/** Whether the live node is as the record left it; a node that is gone is as good as before. */
export function deviceState(root: Root, { path, before, after }: RecordedDevice): UndoState {
  const gid = findGroup(readAccountFiles(root).groups, after.group)?.gid;
  return withPath(root, path, constants.O_NOFOLLOW, (place) => {
    if (place === null || !root.isLive) return 'before';
    const stat = fstatSync(place);
    const is = (owner: { uid: number; gid: number | undefined; mode: number }) =>
      stat.uid === owner.uid && stat.gid === owner.gid && (stat.mode & 0o7777) === owner.mode;
    if (!stat.isCharacterDevice()) return 'other';
    if (is(before)) return 'before';
    return is({ ...after, gid }) ? 'after' : 'other';
  });
}

/** Gives the live node the owner, mode and access list that it had. Throws VP_FILE_WRITE. */
export function undoDevice(root: Root, { path, before }: RecordedDevice): void {
  withPath(root, path, constants.O_NOFOLLOW, (place) => {
    if (place === null || !root.isLive || !fstatSync(place).isCharacterDevice()) return;
    try {
      root.native.changeOwner(place, before.uid, before.gid);
      writeAttributes(root, place, before.attributes);
      // Through /proc, since fchmod refuses a descriptor that is not open for use.
      chmodSync(`/proc/self/fd/${place}`, before.mode);
    } catch (cause) {
      throw fileError('VP_FILE_WRITE', pathInRoot(root, path), cause);
    }
  });
}
