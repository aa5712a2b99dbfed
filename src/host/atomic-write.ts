import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

export interface FileAttributes {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/**
 * Puts a file with these bytes in the place of `name` in an open directory: the old one or the new
 * one is there at any moment, on disk too. Follows no link; leaves no temporary file when it throws.
 */
export function replaceFile(
  directory: number,
  name: string,
  content: Uint8Array,
  attributes: FileAttributes,
): void {
  const parent = `/proc/self/fd/${directory}`;
  // No tool reads a name of this form from a configuration directory.
  const temporary = `${parent}/.${name}.${randomBytes(6).toString('hex')}.tmp`;
  const file = openSync(temporary, EXCLUSIVE, 0o600);
  try {
    fill(file, content, attributes);
    renameSync(temporary, `${parent}/${name}`);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
  fsyncSync(directory);
}

const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

function fill(file: number, content: Uint8Array, { uid, gid, mode }: FileAttributes): void {
  try {
    writeFileSync(file, content);
    fchownSync(file, uid, gid);
    // After the owner: a change of owner clears set-id bits.
    fchmodSync(file, mode);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
