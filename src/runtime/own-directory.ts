import { constants, mkdirSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { AppError } from '../errors.ts';
import { withDescriptor } from './files.ts';
import type { Native } from './native.ts';
import { isNativeError } from './native.ts';

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Opens a directory of the launcher's own; null when it is not there. Root
 * relies on it only if nobody else can decide what stands on the way to it;
 * for anybody else there is nothing to gain, and it is opened as it is.
 */
export function openOwnDirectory(native: Native, path: string): number | null {
  try {
    return process.geteuid?.() === 0 ? native.openOwn(path) : openSync(path, flags);
  } catch (error) {
    if (!isNativeError(error)) throw error;
    if (error.code === 'ENOENT') return null;
    throw describeRefusal(path, error.path ?? path, error.reason ?? error.message);
  }
}

/** The same, made when it is missing (`mode`), with every directory above it that is (0755). */
export function makeOwnDirectory(native: Native, path: string, mode: number): number {
  const found = openOwnDirectory(native, path);
  if (found !== null) return found;
  // One by one, each below the descriptor of the one before: a name could be swapped in between.
  withDescriptor(makeOwnDirectory(native, dirname(path), 0o755), (above) => {
    makeDirectory(`/proc/self/fd/${above}/${basename(path)}`, mode);
  });
  const made = openOwnDirectory(native, path);
  if (made !== null) return made;
  throw describeRefusal(path, path, 'was removed again while it was made');
}

// Another launcher may make it at the same time.
function makeDirectory(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function describeRefusal(path: string, component: string, reason: string): AppError {
  return new AppError('VP_LEDGER_UNTRUSTED', `cannot use ${path}: ${component} ${reason}`, {
    path,
    hint: 'name a directory that only you can write, also in every directory above it',
  });
}
