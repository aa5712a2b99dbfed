import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

import type { Native } from '../runtime/native.ts';
import { O_PATH } from './root.ts';
import { errorCode } from './system-error.ts';

export interface FileAttributes {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** What gives the new file the old one's extended attributes: its access list, its label, its user's own. */
export type AttributeKeeper = Pick<Native, 'copyAttributes'>;

/** What gives the new file attributes that are on record, whatever the old one has. */
export type AttributeGiver = (made: number) => void;

/**
 * Puts a file with these bytes in the place of `name` in an open directory: the old one or the new
 * one is there at any moment, on disk too. Follows no link; leaves no temporary file when it throws.
 * Extended attributes begin anew, unless there is a keeper or giver.
 */
export function replaceFile(
  directory: number,
  name: string,
  content: Uint8Array,
  attributes: FileAttributes,
  keeper: AttributeKeeper | AttributeGiver | null = null,
  temporaryName = makeTemporaryName(name),
): void {
  const parent = `/proc/self/fd/${directory}`;
  const temporary = `${parent}/${temporaryName}`;
  const file = openSync(temporary, EXCLUSIVE, 0o600);
  try {
    fill(file, content, attributes, (made) => {
      if (typeof keeper === 'function') keeper(made);
      else if (keeper !== null) keepAttributes(keeper, `${parent}/${name}`, made);
    });
    renameSync(temporary, `${parent}/${name}`);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
  fsyncSync(directory);
}

/** A name that nobody else has; no tool reads one of this form from a configuration directory. */
export function makeTemporaryName(name: string): string {
  return `.${name}.${randomBytes(6).toString('hex')}.tmp`;
}

const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

function fill(
  file: number,
  content: Uint8Array,
  { uid, gid, mode }: FileAttributes,
  finish: (file: number) => void,
): void {
  try {
    writeFileSync(file, content);
    fchownSync(file, uid, gid);
    // After the owner: a change of owner clears set-id bits.
    fchmodSync(file, mode);
    finish(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function keepAttributes(keeper: AttributeKeeper, path: string, file: number): void {
  const old = openExisting(path);
  if (old === null) return;
  try {
    // A link has none of its own that a file could bear.
    if (fstatSync(old).isFile()) keeper.copyAttributes(old, file);
  } finally {
    closeSync(old);
  }
}

function openExisting(path: string): number | null {
  try {
    return openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
