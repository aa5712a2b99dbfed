import { closeSync, openSync } from 'node:fs';
import { O_PATH } from '../files.ts';
import type { FileFacts, Native } from '../native.ts';
import type { Claim, Owner } from './record.ts';

/** What became of one claim. `kept` ones stay on record, to be tried again. */
export interface RestoreOutcome {
  readonly path: string;
  readonly result: 'restored' | 'already' | 'deleted' | 'replaced' | 'reowned' | 'kept';
  readonly message: string;
}

/** In which boot the record was made: device numbers mean nothing in another one. */
export type SameBoot = boolean;

/**
 * Gives one file back to its old owner, if it is still the file that was
 * claimed and still has the owner that was given. Anything else is left alone
 * and said. Idempotent.
 */
export function restoreClaim(native: Native, claim: Claim, sameBoot: SameBoot): RestoreOutcome {
  let descriptor: number;
  try {
    // A name only finds the file; whether it is the claimed one is asked of the open descriptor.
    descriptor = openSync(claim.path, O_PATH);
  } catch (error) {
    return describeUnreachable(claim, error as NodeJS.ErrnoException, sameBoot);
  }
  try {
    return restoreOpen(native, claim, descriptor, sameBoot);
  } finally {
    closeSync(descriptor);
  }
}

function restoreOpen(
  native: Native,
  claim: Claim,
  descriptor: number,
  sameBoot: SameBoot,
): RestoreOutcome {
  const now = native.inspect(descriptor);
  if (!isSameFile(claim, now, sameBoot)) {
    return outcome(claim, 'replaced', 'another file stands there now: left alone');
  }
  if (isOwner(now, claim.from)) {
    return outcome(claim, 'already', `already belongs to ${printOwner(claim.from)}`);
  }
  if (!isOwner(now, claim.to)) {
    return outcome(claim, 'reowned', `belongs to ${printOwner(now)} now: left alone`);
  }
  try {
    native.changeOwner(descriptor, claim.from.uid, claim.from.gid);
  } catch (error) {
    return outcome(claim, 'kept', `cannot be given back: ${(error as Error).message}`);
  }
  return outcome(claim, 'restored', describeRestored(claim, now));
}

/** Inode, handle and birth time together: a number alone is used again after a file is deleted. */
export function isSameFile(claim: Claim, now: FileFacts, sameBoot: SameBoot): boolean {
  return (
    now.inode === claim.inode &&
    now.handle === claim.handle &&
    now.birth === claim.birth &&
    (!sameBoot || now.device === claim.device)
  );
}

function isOwner(facts: FileFacts, owner: Owner): boolean {
  return facts.uid === owner.uid && facts.gid === owner.gid;
}

export function printOwner(owner: Owner): string {
  return `${owner.uid}:${owner.gid}`;
}

function describeRestored(claim: Claim, now: FileFacts): string {
  const changed =
    now.mode === claim.mode ? '' : `; its mode is ${octal(now.mode)} now, was ${octal(claim.mode)}`;
  return `given back to ${printOwner(claim.from)}${changed}`;
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

// After a reboot a missing name may be a file system that is not mounted yet.
function describeUnreachable(
  claim: Claim,
  error: NodeJS.ErrnoException,
  sameBoot: SameBoot,
): RestoreOutcome {
  const isMissing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  if (isMissing && sameBoot) return outcome(claim, 'deleted', 'is no longer there');
  return outcome(claim, 'kept', `cannot be reached: ${error.message}`);
}

function outcome(claim: Claim, result: RestoreOutcome['result'], message: string): RestoreOutcome {
  return { path: claim.path, result, message };
}
