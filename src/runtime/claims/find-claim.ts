import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Claim } from '../../formats/claim-record.ts';
import { isMounted } from '../../formats/mount-info.ts';
import { O_PATH, withDescriptor } from '../files.ts';
import type { FileFacts, Native, NativeError } from '../native.ts';
import { isDeviceClaim, readMounts } from './open-claim.ts';

/** Where the claimed file is now: open, or why it cannot be had. */
export type FoundClaim =
  | { readonly descriptor: number; readonly isRenamed: boolean }
  | { readonly missing: 'deleted' | 'replaced' | 'unreachable' | 'gone'; readonly why: string };

/**
 * Finds the file of a claim by its name, else by its handle under whatever
 * name it has on the same file system. A name only finds it; whether it is
 * the claimed one is asked of the open descriptor.
 */
export function findClaim(native: Native, claim: Claim, sameBoot: boolean): FoundClaim {
  const named = openNamed(native, claim, sameBoot);
  if (typeof named === 'number') return { descriptor: named, isRenamed: false };
  const moved = openMoved(native, claim);
  if (typeof moved !== 'number') return describeMissing(claim, named, moved, sameBoot);
  if (isThere(claim, sameBoot)) return { descriptor: moved, isRenamed: true };
  // Through another mount of its file system other ids may be shown than those that were given.
  closeSync(moved);
  return describeMissing(claim, named, null, sameBoot);
}

/** Inode, birth time and handle together: a number alone is used again after a file is deleted. */
function isSameFile(claim: Claim, now: FileFacts): boolean {
  return now.inode === claim.inode && now.handle === claim.handle && now.birth === claim.birth;
}

/** Nothing else can be it, however it was reached: a copy of a file system has all but the device in common. */
function isCertain(claim: Claim, now: FileFacts): boolean {
  return claim.handle !== null && now.device === claim.device && isSameFile(claim, now);
}

/**
 * It may be: a file system may be mounted again under another number, and some
 * give no handle. Within one boot a file without a handle has its device still.
 */
function isLikely(claim: Claim, now: FileFacts, sameBoot: boolean): boolean {
  const mayMove = claim.handle !== null || !sameBoot;
  return isSameFile(claim, now) && (mayMove || now.device === claim.device);
}

/** The file under its name; 'other' when another one stands there, else why it cannot be opened. */
function openNamed(native: Native, claim: Claim, sameBoot: boolean): number | 'other' | Error {
  const named = openAs(native, () => openSync(claim.path, O_PATH));
  if (!('facts' in named)) return named;
  if (isCertain(claim, named.facts)) return named.descriptor;
  closeSync(named.descriptor);
  return isLikely(claim, named.facts, sameBoot) ? walkTo(native, claim, sameBoot) : 'other';
}

// What is left to go by can be made to measure: whoever controls the way there must own what it leads to.
function walkTo(native: Native, claim: Claim, sameBoot: boolean): number | 'other' | Error {
  const walked = openAs(native, () =>
    native.openTrusted(claim.path, claim.to.uid, isDeviceClaim(claim)),
  );
  if (!('facts' in walked)) return walked;
  if (isLikely(claim, walked.facts, sameBoot)) return walked.descriptor;
  closeSync(walked.descriptor);
  return 'other';
}

interface Opened {
  readonly descriptor: number;
  readonly facts: FileFacts;
}

// One file system that answers nothing must not keep what lies on the others.
function openAs(native: Native, open: () => number): Opened | Error {
  let descriptor: number;
  try {
    descriptor = open();
  } catch (error) {
    return error as Error;
  }
  try {
    return { descriptor, facts: native.inspect(descriptor) };
  } catch (error) {
    closeSync(descriptor);
    return error as Error;
  }
}

/** The file by its handle; 'deleted' when its file system says so, null when nothing can be said. */
function openMoved(native: Native, claim: Claim): number | 'deleted' | null {
  const { handle } = claim;
  const place = handle === null ? null : openPlace(claim);
  if (handle === null || place === null) return null;
  return withDescriptor(place, () => {
    const moved = openAs(native, () => native.openByHandle(place, handle));
    if (!('facts' in moved)) return (moved as NativeError).code === 'ESTALE' ? 'deleted' : null;
    if (isCertain(claim, moved.facts) && moved.facts.links > 0) return moved.descriptor;
    closeSync(moved.descriptor);
    // The kernel may keep it a while, for a cell that is being taken down or for whoever has it open.
    return isCertain(claim, moved.facts) ? 'deleted' : null;
  });
}

/** A directory above the file that lies on its device; null when none does any more. On another one its handle means nothing. */
function openPlace({ path, device }: Claim): number | null {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const place = openDirectory(directory);
    if (place !== null && String(fstatSync(place, { bigint: true }).dev) === device) return place;
    if (place !== null) closeSync(place);
    if (directory === '/') return null;
  }
}

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK;

// Opened as a directory or not at all: the path may end in a pipe or a device by now.
function openDirectory(path: string): number | null {
  try {
    return openSync(path, directoryFlags);
  } catch {
    return null;
  }
}

// What lay in memory nobody has moved or deleted: it ended with that run of the machine.
const volatileTypes: readonly string[] = ['devtmpfs', 'tmpfs', 'ramfs'];

function describeMissing(
  claim: Claim,
  named: 'other' | Error,
  moved: 'deleted' | null,
  sameBoot: boolean,
): FoundClaim {
  const { type = 'unknown', point = '/' } = claim.mount ?? {};
  if (!sameBoot && volatileTypes.includes(type))
    return { missing: 'gone', why: `was on a ${type}, which the restart has emptied` };
  if (named !== 'other' && !isAbsence(named))
    return { missing: 'unreachable', why: describeError(named) };
  const isSameNumber = isDeviceNear(claim);
  if (!isThere(claim, sameBoot))
    return { missing: 'unreachable', why: `its file system (${type} at ${point}) is not mounted` };
  // Under another device number it could not have been known again by its handle.
  if (moved === null && claim.handle !== null && !isSameNumber)
    return { missing: 'unreachable', why: 'is not there, and may have another name' };
  return named === 'other'
    ? { missing: 'replaced', why: 'another file stands there now: left alone' }
    : { missing: 'deleted', why: 'is no longer there' };
}

/** What the file lay on is mounted where it was. */
function isThere(claim: Claim, sameBoot: boolean): boolean {
  if (claim.mount === null) return isDeviceNear(claim);
  return isMounted(readMounts(), claim.mount, sameBoot);
}

function isDeviceNear(claim: Claim): boolean {
  const place = openPlace(claim);
  if (place !== null) closeSync(place);
  return place !== null;
}

function isAbsence(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function describeError(error: Error): string {
  const { path, reason } = error as Partial<NativeError>;
  return reason === undefined ? error.message : `${path} ${reason}`;
}
