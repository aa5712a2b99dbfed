import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { AppError } from '../errors.ts';
import { errorCode } from './system-error.ts';

const MEBIBYTE = 1024 * 1024;

/** No file of configuration is larger, in bytes. */
export const LARGEST_FILE = 10 * MEBIBYTE;

/** What has been read, and the facts of the very file that it is from. */
export interface RegularFile {
  readonly bytes: Buffer;
  readonly facts: Stats;
}

export interface ReadingOptions {
  /** As messages name the file. */
  readonly shown: string;
  /** In bytes: LARGEST_FILE without it. */
  readonly largest?: number;
  /** For open(2), such as O_NOFOLLOW. */
  readonly flags?: number;
}

/**
 * Reads a regular file; never waits for a pipe, a device or whoever holds a lease.
 * Throws VP_FILE_READ, or the failed system call as it is.
 */
export function readRegular(
  path: string,
  { shown, largest = LARGEST_FILE, flags = 0 }: ReadingOptions,
): RegularFile {
  const file = openNow(path, shown, flags);
  try {
    const facts = fstatSync(file);
    if (!facts.isFile()) throw readError(shown, 'not a regular file');
    const bytes = readUpTo(file, largest + 1);
    if (bytes.length <= largest) return { bytes, facts };
    throw readError(shown, `larger than ${largest / MEBIBYTE} MiB`);
  } finally {
    closeSync(file);
  }
}

function openNow(path: string, shown: string, flags: number): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  } catch (cause) {
    // Without O_NONBLOCK this open would sleep until the holder gives way, up to /proc/sys/fs/lease-break-time.
    if (errorCode(cause) === 'EAGAIN') throw readError(shown, 'somebody holds a lease on it');
    throw cause;
  }
}

// A file may grow while it is read: what it says of its size is not relied upon.
function readUpTo(file: number, limit: number): Buffer {
  const chunks: Buffer[] = [];
  for (let length = 0; length < limit; ) {
    const chunk = Buffer.allocUnsafe(Math.min(64 * 1024, limit - length));
    const count = readSync(file, chunk);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    length += count;
  }
  return Buffer.concat(chunks);
}

function readError(shown: string, reason: string): AppError {
  return new AppError('VP_FILE_READ', `cannot read ${shown}: ${reason}`, { path: shown });
}
