import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { loadNative, type Native } from '../runtime/native.ts';
import { describeSystemError, errorCode, fileError } from './system-error.ts';

/** A host's or an image's root directory, held open: what happens to its name later does not matter. */
export interface Root {
  readonly path: string;
  /** The running system itself: accounts, daemons and devices of this machine belong to it. */
  readonly isLive: boolean;
  readonly directory: number;
  readonly native: Native;
}

/** Not in node:fs; the same on every architecture that Node 20 supports. */
export const O_PATH = 0o10000000;

/** Opens the directory, for this process's whole life; throws VP_ROOT_INVALID when it is missing or no directory. */
export function openRoot(path: string, addonFile: string): Root {
  const native = loadNative(addonFile);
  const absolute = resolve(path);
  try {
    const directory = openSync(absolute, constants.O_RDONLY | constants.O_DIRECTORY);
    return { path: absolute, isLive: isSameFile(absolute, '/'), directory, native };
  } catch (cause) {
    throw rootError(absolute, describeOpenError(cause), cause);
  }
}

/** Throws VP_MISSING_PRIVILEGE or VP_ROOT_INVALID unless the caller may change the root's configuration. */
export function requireWritable(root: Root): void {
  // The top of an image-based system is read-only, and its /etc is not.
  const directory = openPath(root, '/etc') ?? openPath(root, '/');
  try {
    accessSync(`/proc/self/fd/${directory}`, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw writeError(root.path, cause);
  } finally {
    if (directory !== null) closeSync(directory);
  }
}

/** An O_PATH descriptor inside the root, or null when there is nothing; the caller closes it. */
export function openPath(root: Root, path: string, flags = 0): number | null {
  try {
    return root.native.openBeneath(root.directory, path, O_PATH | flags, 0);
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(cause))) return null;
    throw fileError('VP_FILE_READ', pathInRoot(root, path), cause);
  }
}

/** Calls `use` with an O_PATH descriptor inside the root, or null, and closes it afterwards. */
export function withPath<T>(
  root: Root,
  path: string,
  flags: number,
  use: (place: number | null) => T,
): T {
  const place = openPath(root, path, flags);
  try {
    return use(place);
  } finally {
    if (place !== null) closeSync(place);
  }
}

/** How people see a path of the root from outside. */
export function pathInRoot(root: Pick<Root, 'path'>, path: string): string {
  return join(root.path, path);
}

function isSameFile(left: string, right: string): boolean {
  const [a, b] = [statSync(left, { bigint: true }), statSync(right, { bigint: true })];
  return a.dev === b.dev && a.ino === b.ino;
}

function describeOpenError(cause: unknown): string {
  return errorCode(cause) === 'ENOENT' ? 'it does not exist' : describeSystemError(cause);
}

function writeError(path: string, cause: unknown): AppError {
  const message = `cannot apply to ${path}: ${describeSystemError(cause)}`;
  const code = errorCode(cause);
  if (['EACCES', 'EPERM'].includes(code) && process.geteuid?.() !== 0) {
    const hint = 'run it as root; --dry-run shows what it would do';
    return new AppError('VP_MISSING_PRIVILEGE', message, { cause, path, hint });
  }
  const hint = code === 'EROFS' ? 'mount it read-write' : 'see who may write its /etc';
  return new AppError('VP_ROOT_INVALID', message, { cause, path, hint });
}

function rootError(path: string, reason: string, cause: unknown): AppError {
  const hint =
    'give --root an existing directory that you may write; without it the host itself is meant';
  return new AppError('VP_ROOT_INVALID', `cannot use the root ${path}: ${reason}`, {
    cause,
    path,
    hint,
  });
}
