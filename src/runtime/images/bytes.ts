import { AppError } from '../../errors.ts';

/** The content of an image, read piece by piece: nothing here ever holds a whole one. */
export interface ImageBytes {
  /** Up to `length` bytes from `offset`; fewer where the image ends before. */
  readonly readAt: (offset: number, length: number) => Buffer;
}

/** What an image says of other files, before anybody asks whether it may. */
export interface ImageReferences {
  readonly backing: BackingName | null;
  readonly dataFiles: readonly DataFileName[];
}

export interface BackingName {
  /** As it stands in the image: a path, or a name with a protocol. */
  readonly name: string;
  /** Null: QEMU has to find out. */
  readonly format: string | null;
}

export interface DataFileName {
  /** Null: the image has one and does not say which. */
  readonly name: string | null;
  /** Where a relative name starts: beside the image, or in QEMU's working directory. */
  readonly base: 'image' | 'process';
  /** `vmdk`: an extent with a header of its own. */
  readonly format: 'raw' | 'vmdk';
}

export const noReferences: ImageReferences = { backing: null, dataFiles: [] };

/** QEMU's limit for the name of a backing file (1024 with the NUL). */
export const maximumNameLength = 1023;

/** Exactly these bytes; throws VP_IMAGE_INVALID where the image ends before. */
export function requireBytes(
  bytes: ImageBytes,
  offset: number,
  length: number,
  what: string,
): Buffer {
  const found = bytes.readAt(offset, length);
  if (found.length === length) return found;
  throw invalidImage(`it ends before ${what}`);
}

/** Bytes of an image as the text that QEMU takes them for; what no argument could say either is refused. */
export function decodeText(bytes: Buffer, what: string): string {
  if (bytes.includes(0)) throw invalidImage(`there is a NUL byte in ${what}`);
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return text;
  throw invalidImage(`${what} is not UTF-8`);
}

/** The name of a backing file at this place; null for an empty one. */
export function readBackingName(bytes: ImageBytes, offset: number, length: number): string | null {
  const what = 'the name of its backing file';
  if (length > maximumNameLength) {
    throw invalidImage(`${what} has ${length} bytes, and QEMU takes ${maximumNameLength} at most`);
  }
  return decodeText(requireBytes(bytes, offset, length, what), what) || null;
}

/** An image that QEMU would not open either, or that says something nobody can follow; the caller adds which. */
export function invalidImage(reason: string): AppError {
  return new AppError('VP_IMAGE_INVALID', reason, {
    hint: 'look at it with qemu-img check, as a user without rights',
  });
}
