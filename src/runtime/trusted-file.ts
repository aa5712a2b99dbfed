import { constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { withDescriptor } from './files.ts';
import { isNativeError, type Native } from './native.ts';

const maximumBytes = 10 * 1024 * 1024;

export interface Trust {
  readonly mode: 'system' | 'session';
  /** What to do when the file will not do. */
  readonly hint: string;
}

/**
 * The text of a file that decides what is launched. As root, one that others can write or exchange is
 * refused. Throws VP_FILE_READ, and the errors of open(2) where the caller's own file cannot be opened.
 */
export function readTrusted(native: Native, file: string, { mode, hint }: Trust): string {
  return withDescriptor(openTrusted(native, file, { mode, hint }), (descriptor) => {
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) throw unreadable(file, 'it is no regular file', hint);
    if (facts.size > maximumBytes) throw unreadable(file, 'it is larger than 10 MiB', hint);
    return readFileSync(`/proc/self/fd/${descriptor}`, 'utf8');
  });
}

/** The same for a file that must be there: whatever fails is VP_FILE_READ. */
export function readNamed(native: Native, file: string, trust: Trust): string {
  try {
    return readTrusted(native, file, trust);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw unreadable(file, (cause as Error).message, trust.hint, cause);
  }
}

function openTrusted(native: Native, file: string, { mode, hint }: Trust): number {
  // A pipe would block for ever before it could be refused.
  if (mode === 'session') return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return native.openOwn(file);
  } catch (error) {
    if (!isNativeError(error) || error.reason === undefined) throw error;
    throw unreadable(file, `${error.path} ${error.reason}`, hint, error);
  }
}

/** The error for a file that cannot be relied on. */
export function unreadable(file: string, why: string, hint: string, cause?: unknown): AppError {
  return new AppError('VP_FILE_READ', `cannot read ${file}: ${why}`, { cause, path: file, hint });
}
