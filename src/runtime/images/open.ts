import { constants, fstatSync, openSync, readSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import { walkPath } from '../access/path-walk.ts';
import { O_PATH, withDescriptor } from '../files.ts';
import type { ImageBytes } from './bytes.ts';

export interface OpenImage {
  /** Which file it is, whatever its name. */
  readonly key: string;
  readonly bytes: ImageBytes;
}

/**
 * Opens a disk image for reading, hands it to `use` and closes it. Only a regular file or a block device is opened,
 * and known to be one before: to open anything else can hang or do something.
 * Throws VP_PATH_MISSING, VP_PATH_KIND, VP_PATH_ACCESS, VP_FILE_READ.
 */
export function withImage<Result>(path: string, use: (image: OpenImage) => Result): Result {
  const found = endOf(path);
  return withDescriptor(openPlace(path, found), (place) => {
    const key = keyOf(path, place);
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    // The very file that was judged: by its descriptor, not by its name again.
    const descriptor = attemptOn(path, () => openSync(`/proc/self/fd/${place}`, flags));
    return withDescriptor(descriptor, () => use({ key, bytes: readerOf(path, descriptor) }));
  });
}

/** Where the path leads once its links are followed; the file there is not opened yet. */
function endOf(path: string): string {
  const steps = walkPath(path);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value.path;
}

function openPlace(path: string, found: string): number {
  return attemptOn(path, () => openSync(found, O_PATH | constants.O_NOFOLLOW));
}

function keyOf(path: string, descriptor: number): string {
  const facts = fstatSync(descriptor, { bigint: true });
  if (facts.isFile()) return `${facts.dev}:${facts.ino}`;
  if (facts.isBlockDevice()) return `block:${facts.rdev}`;
  throw new AppError('VP_PATH_KIND', `${path} is neither a regular file nor a block device`, {
    path,
    hint: 'name a disk image or a block device',
  });
}

/** Every header fits; most images need no second read. */
const prefixLength = 4096;

function readerOf(path: string, descriptor: number): ImageBytes {
  const read = (offset: number, length: number) =>
    attemptOn(path, () => readFrom(descriptor, offset, length));
  const prefix = read(0, prefixLength);
  return {
    readAt: (offset, length) =>
      offset >= 0 && offset + length <= prefix.length
        ? prefix.subarray(offset, offset + length)
        : read(offset, length),
  };
}

function readFrom(descriptor: number, offset: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  // No file reaches that far.
  if (!Number.isSafeInteger(offset) || offset < 0) return buffer.subarray(0, 0);
  return buffer.subarray(0, readSync(descriptor, buffer, 0, length, offset));
}

function attemptOn<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const isDenied = code === 'EACCES' || code === 'EPERM';
    throw new AppError(
      isDenied ? 'VP_PATH_ACCESS' : 'VP_FILE_READ',
      `${path} cannot be read (${code}), so nobody knows which files it names`,
      {
        cause,
        path,
        hint: 'let qemu-launch read it, or name every file of its chain in -blockdev',
      },
    );
  }
}
