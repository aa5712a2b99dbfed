import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';

/** open(2)'s flag for "name this file, touch nothing"; Node has no name for it. */
export const O_PATH = 0o10000000;

/** Closes the descriptor whatever happens in between. */
export function withDescriptor<T>(descriptor: number, use: (descriptor: number) => T): T {
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Replaces a file by name in one step: an exclusive temporary file beside it,
 * renamed. `durable` syncs file and directory, for what must survive a crash.
 */
export function replaceFile(
  path: string,
  text: string,
  options: { readonly mode: number; readonly durable: boolean },
): void {
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  withDescriptor(directory, () => {
    // Below the descriptor, so that a directory swapped meanwhile changes nothing.
    const base = `/proc/self/fd/${directory}`;
    const temporary = `${base}/.${basename(path)}.${process.pid}.new`;
    writeExclusive(temporary, text, options);
    try {
      renameSync(temporary, `${base}/${basename(path)}`);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    }
    if (options.durable) fsyncSync(directory);
  });
}

function writeExclusive(
  path: string,
  text: string,
  options: { readonly mode: number; readonly durable: boolean },
): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(path, flags, options.mode);
  try {
    withDescriptor(descriptor, () => {
      writeWhole(descriptor, Buffer.from(text));
      if (options.durable) fsyncSync(descriptor);
    });
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done);
  }
}
