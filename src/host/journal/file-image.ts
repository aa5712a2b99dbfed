import { closeSync, constants, fsyncSync, unlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { AppError } from '../../errors.ts';
import { pathInRoot, type Root, withPath } from '../root.ts';
import { readFileState } from '../root-files.ts';
import { errorCode, fileError } from '../system-error.ts';

/** A file with everything that counts when it is put back. */
export interface FileImage {
  readonly content: Buffer;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** Extended attributes by name; null: those that a new file in that directory gets. */
  readonly attributes: Attributes | null;
}

export type Attributes = Readonly<Record<string, Buffer>>;

/** What stands at `path`, null for nothing; throws VP_PATH_KIND for something that is no file. */
export function readImage(root: Root, path: string): FileImage | null {
  const state = readFileState(root, path);
  if (state.kind === 'absent') return null;
  if (state.kind === 'obstacle') throw obstacleError(root, state.path, state.type);
  const { text, encoding, uid, gid, mode } = state;
  const attributes = readAttributes(root, path);
  return { content: Buffer.from(text, encoding), uid, gid, mode, attributes };
}

/** The extended attributes of what stands at `path`; none for nothing. */
export function readAttributes(root: Root, path: string): Attributes {
  return withPath(root, path, constants.O_NOFOLLOW, (place) => {
    return place === null ? {} : root.native.readAttributes(place);
  });
}

/** Gives an open file these extended attributes, no more and no less; a label is changed, never removed. */
export function writeAttributes(root: Root, descriptor: number, attributes: Attributes): void {
  const { native } = root;
  for (const [name, value] of Object.entries(attributes))
    native.writeAttribute(descriptor, name, value);
  for (const name of Object.keys(native.readAttributes(descriptor))) {
    const isStray = !Object.hasOwn(attributes, name) && !name.startsWith('security.');
    if (isStray) native.removeAttribute(descriptor, name);
  }
}

/** The same bytes, owner and mode; two that are both nothing are the same. */
export function isSameImage(left: FileImage | null, right: FileImage | null): boolean {
  if (left === null || right === null) return left === right;
  const isSameOwner = left.uid === right.uid && left.gid === right.gid;
  return isSameOwner && left.mode === right.mode && left.content.equals(right.content);
}

/** Removes a file or link of the root, on disk too; nothing there is as good. Throws VP_FILE_WRITE. */
export function removeFile(root: Root, path: string): void {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY;
  try {
    const directory = root.native.openBeneath(root.directory, posix.dirname(path), flags, 0);
    try {
      unlinkSync(`/proc/self/fd/${directory}/${posix.basename(path)}`);
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return;
    throw fileError('VP_FILE_WRITE', pathInRoot(root, path), cause);
  }
}

function obstacleError(root: Root, path: string, type: string): AppError {
  const shown = pathInRoot(root, path);
  const what = type === 'link' ? 'symbolic link' : type;
  return new AppError('VP_PATH_KIND', `cannot use ${shown}: it is a ${what}`, {
    path: shown,
    hint: 'move it out of the way',
  });
}
