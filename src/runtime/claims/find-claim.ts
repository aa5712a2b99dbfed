import { closeSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Claim } from '../../formats/claim-record.ts';
import { O_PATH, withDescriptor } from '../files.ts';
import type { FileFacts, Native } from '../native.ts';
import { isNativeError } from '../native.ts';

/** Where the claimed file is now: open, or why it cannot be had. */
export type FoundClaim =
  | { readonly descriptor: number; readonly isRenamed: boolean }
  | { readonly missing: 'deleted' | 'replaced' | 'unreachable'; readonly why: string };

/**
 * Finds the file of a claim by its name, else by its handle under whatever
 * name it has on the same file system. A name only finds it; whether it is
 * the claimed one is asked of the open descriptor.
 */
export function findClaim(native: Native, claim: Claim, sameBoot: boolean): FoundClaim {
  const named = openNamed(native, claim, sameBoot);
  if (typeof named === 'number') return { descriptor: named, isRenamed: false };
  const moved = openMoved(native, claim, sameBoot);
  if (moved !== null) return { descriptor: moved, isRenamed: true };
  return describeMissing(claim, named, sameBoot);
}

/**
 * Inode, birth time and handle together: a number alone is used again after a
 * file is deleted. The device number counts only where there is no handle, and
 * within one boot: a file system may be mounted again under another one.
 */
export function isSameFile(claim: Claim, now: FileFacts, sameBoot: boolean): boolean {
  return (
    now.inode === claim.inode &&
    now.handle === claim.handle &&
    now.birth === claim.birth &&
    (claim.handle !== null || !sameBoot || now.device === claim.device)
  );
}

/** The file under its name; 'other' when another one stands there, else why it cannot be opened. */
function openNamed(native: Native, claim: Claim, sameBoot: boolean): number | 'other' | Error {
  let descriptor: number;
  try {
    descriptor = openSync(claim.path, O_PATH);
  } catch (error) {
    return error as Error;
  }
  if (isSameFile(claim, native.inspect(descriptor), sameBoot)) return descriptor;
  closeSync(descriptor);
  return 'other';
}

function openMoved(native: Native, claim: Claim, sameBoot: boolean): number | null {
  if (claim.handle === null) return null;
  const { handle } = claim;
  try {
    return withDescriptor(openSync(nearestDirectory(claim.path), 'r'), (place) => {
      const descriptor = native.openByHandle(place, handle);
      if (isSameFile(claim, native.inspect(descriptor), sameBoot)) return descriptor;
      closeSync(descriptor);
      return null;
    });
  } catch (error) {
    // Stale: deleted. Anything else: this file system opens nothing by handle.
    if (isNativeError(error)) return null;
    throw error;
  }
}

function nearestDirectory(path: string): string {
  const directory = dirname(path);
  const facts = statSync(directory, { throwIfNoEntry: false });
  return facts?.isDirectory() === true || directory === '/'
    ? directory
    : nearestDirectory(directory);
}

// Only in the same boot a device number tells that the file system is still the one it was.
function describeMissing(claim: Claim, named: 'other' | Error, sameBoot: boolean): FoundClaim {
  const device = String(statSync(nearestDirectory(claim.path), { bigint: true }).dev);
  const isMounted = sameBoot && device === claim.device;
  if (named === 'other') {
    if (isMounted || !sameBoot)
      return { missing: 'replaced', why: 'another file stands there now' };
    return { missing: 'unreachable', why: 'its file system is not mounted' };
  }
  const code = (named as NodeJS.ErrnoException).code;
  if (code !== 'ENOENT' && code !== 'ENOTDIR')
    return { missing: 'unreachable', why: named.message };
  if (isMounted) return { missing: 'deleted', why: 'is no longer there' };
  return { missing: 'unreachable', why: 'is not there: its file system may not be mounted' };
}
