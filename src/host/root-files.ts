import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fchmodSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import type { FileFacts } from '../runtime/native.ts';
import { readRegular } from './read-regular.ts';
import { pathInRoot, type Root, withPath } from './root.ts';
import { errorCode, fileError } from './system-error.ts';

/** A place in the root where a file belongs, as it is now. */
export type FileState =
  | { readonly kind: 'absent' }
  | FileContent
  /** Something else stands there or on the way: `path` names it. */
  | { readonly kind: 'obstacle'; readonly path: string; readonly type: FileFacts['type'] };

export interface FileContent {
  readonly kind: 'file';
  readonly text: string;
  /** Text that is no UTF-8 is kept byte for byte as latin1. */
  readonly encoding: 'utf8' | 'latin1';
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** The text of a file of the root, at most `largest` bytes, links followed inside it; null when there is none. */
export function readText(root: Root, path: string, largest?: number): string | null {
  return withPath(root, path, 0, (place) => {
    return place === null ? null : readContent(root, path, place, largest).text;
  });
}

/** What stands at `path` itself: a link in its place is not followed. */
export function readFileState(root: Root, path: string): FileState {
  return withPath(root, path, constants.O_NOFOLLOW, (place) => {
    if (place === null) return findObstacle(root, path) ?? { kind: 'absent' };
    const { type } = root.native.inspect(place);
    return type === 'file' ? readContent(root, path, place) : { kind: 'obstacle', path, type };
  });
}

/** Opens a directory of the root for writing into it, making what is missing (0755); the caller closes it. */
export function openDirectory(root: Root, path: string): number {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK;
  try {
    return root.native.openBeneath(root.directory, path, flags, 0);
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT' || path === '/') throw cause;
    makeDirectory(root, path);
    return root.native.openBeneath(root.directory, path, flags, 0);
  }
}

function makeDirectory(root: Root, path: string): void {
  const parent = openDirectory(root, dirname(path));
  try {
    makeBelow(parent, posix.basename(path));
    fsyncSync(parent);
  } catch (cause) {
    // Another apply was quicker.
    if (errorCode(cause) !== 'EEXIST') throw cause;
  } finally {
    closeSync(parent);
  }
}

function makeBelow(parent: number, name: string): void {
  const place = `/proc/self/fd/${parent}/${name}`;
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
  mkdirSync(place, 0o700);
  const made = openSync(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
  // The umask has no say in who may read configuration.
  fchmodSync(made, 0o755);
  closeSync(made);
}

// Reopening through /proc reaches exactly the file that was found.
function readContent(root: Root, path: string, place: number, largest?: number): FileContent {
  const shown = pathInRoot(root, path);
  const options = { shown, ...(largest === undefined ? {} : { largest }) };
  try {
    const { bytes, facts } = readRegular(`/proc/self/fd/${place}`, options);
    const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
    const { uid, gid } = facts;
    const mode = facts.mode & 0o7777;
    return { kind: 'file', text: bytes.toString(encoding), encoding, uid, gid, mode };
  } catch (cause) {
    throw fileError('VP_FILE_READ', shown, cause);
  }
}

// A link to nowhere, or a file where a directory should be, must be found before anything changes.
function findObstacle(root: Root, path: string): FileState | null {
  const parent = dirname(path);
  if (parent === path) return null;
  return withPath(root, parent, 0, (place) => {
    if (place === null) return standingAt(root, parent) ?? findObstacle(root, parent);
    const { type } = root.native.inspect(place);
    return type === 'directory' ? null : { kind: 'obstacle', path: parent, type };
  });
}

function standingAt(root: Root, path: string): FileState | null {
  return withPath(root, path, constants.O_NOFOLLOW, (place) => {
    if (place === null) return null;
    return { kind: 'obstacle', path, type: root.native.inspect(place).type };
  });
}
