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

interface Replacement {
  readonly mode: number;
  /** Sync file and directory: for what must survive a crash. */
  readonly durable: boolean;
}

/** Replaces a file by name in one step: an exclusive temporary file beside it, renamed. */
export function replaceFile(path: string, text: string, options: Replacement): void {
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  withDescriptor(directory, () => {
    // Below the descriptor, so that a directory swapped meanwhile changes nothing.
    replaceBelow(`/proc/self/fd/${directory}`, basename(path), text, options);
  });
}

/** The same below a directory that is open already: `base` is its `/proc/self/fd/N`. */
export function replaceBelow(base: string, name: string, text: string, options: Replacement): void {
  const temporary = `${base}/.${name}.${process.pid}.new`;
  writeExclusive(temporary, text, options);
  try {
    renameSync(temporary, `${base}/${name}`);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
  if (options.durable) syncDirectory(base);
}

/** What was renamed or removed in it stays so after a crash. */
export function syncDirectory(path: string): void {
  withDescriptor(openSync(path, constants.O_RDONLY), fsyncSync);
}

function writeExclusive(path: string, text: string, options: Replacement): void {
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
