import { closeSync, lstatSync, type Stats, unlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { AppError, type Finding, toFinding } from '../../errors.ts';
import type { Made } from '../../formats/claim-record.ts';
import { withDescriptor } from '../files.ts';
import type { Native } from '../native.ts';
import { isNativeError } from '../native.ts';

/** A listening socket, and what the record says of it. */
export interface ServerSocket {
  readonly descriptor: number;
  readonly made: Made;
}

/** What stands in the way of a socket of the launcher's at `path`; `target`: who QEMU runs as. */
export function judgePlace(native: Native, path: string, target: number): readonly Finding[] {
  try {
    withPlace(native, path, target, (place) => requireFree(native, place, path, target));
    return [];
  } catch (error) {
    if (error instanceof AppError) return [toFinding(error, path)];
    throw error;
  }
}

/** Listens at `path` for its caller alone (0600); a socket that nobody listens on any more gives way. */
export function listenAt(native: Native, path: string, target: number): ServerSocket {
  return withPlace(native, path, target, (place) => {
    if (requireFree(native, place, path, target) !== null) unlinkSync(inPlace(place, path));
    const descriptor = listenIn(native, place, path);
    const { dev, ino } = lstatSync(inPlace(place, path), { bigint: true });
    const made = { kind: 'socket', path, device: String(dev), inode: String(ino) } as const;
    return { descriptor, made };
  });
}

function listenIn(native: Native, place: number, path: string): number {
  try {
    return native.listenIn(place, basename(path));
  } catch (cause) {
    if (!isNativeError(cause)) throw cause;
    throw new AppError('VP_PATH_ACCESS', `cannot listen at ${path}: ${cause.message}`, {
      cause,
      path,
      hint: 'name a socket in a directory of root, or in the run directory of the VM',
    });
  }
}

/** Runs `use` with the directory of `path`, walked to as to a disk. */
function withPlace<T>(native: Native, path: string, target: number, use: (place: number) => T): T {
  return withDescriptor(openPlace(native, path, target), use);
}

function openPlace(native: Native, path: string, target: number): number {
  try {
    return native.openPlace(dirname(path), target);
  } catch (cause) {
    if (!isNativeError(cause)) throw cause;
    const component = cause.path ?? path;
    const isMissing = cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
    const why = isMissing ? 'is missing' : (cause.reason ?? cause.message);
    const code = isMissing ? 'VP_PATH_MISSING' : 'VP_PATH_UNTRUSTED';
    throw new AppError(code, `no socket can be made at ${path}: ${component} ${why}`, {
      cause,
      path,
      hint: 'put it below directories that only root, or one user, can write',
    });
  }
}

function inPlace(place: number, path: string): string {
  return `/proc/self/fd/${place}/${basename(path)}`;
}

/** What stands there and may give way, null for nothing; throws for all that may not. */
function requireFree(native: Native, place: number, path: string, target: number): Stats | null {
  const facts = lstatSync(inPlace(place, path), { throwIfNoEntry: false });
  if (facts === undefined) return null;
  if (!facts.isSocket()) throw taken('VP_PATH_KIND', path, 'is no socket');
  if (facts.uid !== 0 && facts.uid !== target) {
    throw taken('VP_PATH_UNTRUSTED', path, `is a socket of user ${facts.uid}`);
  }
  if (isHeard(native, inPlace(place, path), facts.uid)) {
    throw taken('VP_PATH_IN_USE', path, 'is a socket that another program listens on');
  }
  return facts;
}

const patience = 1000;

function isHeard(native: Native, path: string, owner: number): boolean {
  try {
    closeSync(native.connectSocket(path, owner, 0, patience));
    return true;
  } catch (error) {
    return !isNativeError(error) || error.code !== 'ECONNREFUSED';
  }
}

function taken(
  code: 'VP_PATH_KIND' | 'VP_PATH_UNTRUSTED' | 'VP_PATH_IN_USE',
  path: string,
  what: string,
): AppError {
  const hint = 'remove it, or give the socket another name';
  return new AppError(code, `no socket can be made at ${path}: what stands there ${what}`, {
    path,
    hint,
  });
}
