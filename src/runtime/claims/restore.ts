import { closeSync } from 'node:fs';
import type { Claim, Owner } from '../../formats/claim-record.ts';
import type { FileFacts, Native } from '../native.ts';
import { readAccessList } from './access-list.ts';
import { findClaim } from './find-claim.ts';
import { isUsedByLibvirt } from './libvirt-use.ts';
import { withMetadataLocks } from './metadata-lock.ts';

/** What became of one claim. `kept` ones stay on record, to be tried again. */
export interface RestoreOutcome {
  readonly path: string;
  readonly result:
    | 'restored'
    | 'already'
    | 'gone'
    | 'deleted'
    | 'replaced'
    | 'reowned'
    | 'kept'
    /** Kept as well, but only for as long as libvirt takes to change an owner. */
    | 'busy';
  readonly message: string;
}

/**
 * Gives one file back to its old owner, if it is still the file that was
 * claimed and still has the owner that was given. Anything else is left alone
 * and said. Idempotent. `sameBoot`: the record was made since this machine
 * started. `groups`: QEMU's own, to which it could change the group of what it had.
 */
export function restoreClaim(
  native: Native,
  claim: Claim,
  sameBoot: boolean,
  groups: readonly number[] = [],
): RestoreOutcome {
  try {
    return restoreFound(native, claim, sameBoot, groups);
  } catch (error) {
    // A file system that fails must not keep the other files of all VMs from going back.
    return outcome(claim, 'kept', `cannot be reached: ${(error as Error).message}`);
  }
}

function restoreFound(
  native: Native,
  claim: Claim,
  sameBoot: boolean,
  groups: readonly number[],
): RestoreOutcome {
  if (!isAnswering(native, claim))
    return outcome(claim, 'kept', 'cannot be reached: its file system does not answer');
  const found = findClaim(native, claim, sameBoot);
  if ('missing' in found) {
    return found.missing === 'unreachable'
      ? outcome(claim, 'kept', `cannot be reached: ${found.why}`)
      : outcome(claim, found.missing, found.why);
  }
  try {
    const { result, message } = restoreLocked(native, claim, groups, found.descriptor);
    return outcome(
      claim,
      result,
      found.isRenamed ? `${message} (it has another name now)` : message,
    );
  } finally {
    closeSync(found.descriptor);
  }
}

/** Long for any server that is there, and short for all who wait for the ledger meanwhile. */
const patience = 1_000;
/** Devices that have not answered this process: it waits for each of them once. */
const silent = new Set<string>();

function isAnswering(native: Native, { device, path }: Claim): boolean {
  if (!silent.has(device) && native.answers(path, patience)) return true;
  silent.add(device);
  return false;
}

type Result = Pick<RestoreOutcome, 'result' | 'message'>;

function restoreLocked(
  native: Native,
  claim: Claim,
  groups: readonly number[],
  descriptor: number,
): Result {
  const file = { path: claim.path, descriptor };
  const locked = withMetadataLocks(native, [file], () => {
    return restoreOpen(native, claim, groups, descriptor);
  });
  if ('value' in locked) return locked.value;
  const message = 'cannot be given back: libvirt has locked it to change its owner';
  return { result: 'busy', message };
}

function restoreOpen(
  native: Native,
  claim: Claim,
  groups: readonly number[],
  descriptor: number,
): Result {
  try {
    const now = native.inspect(descriptor);
    if (isOwner(now, claim.from)) {
      return { result: 'already', message: `already belongs to ${printOwner(claim.from)}` };
    }
    // It remembers the owner that was given here, and gives the file back to that one when it is done.
    if (isUsedByLibvirt(native, descriptor)) {
      return { result: 'kept', message: 'cannot be given back: a guest of libvirt uses it' };
    }
    if (!isGiven(now, claim.to, groups)) {
      return { result: 'reowned', message: `belongs to ${printOwner(now)} now: left alone` };
    }
    native.changeOwner(descriptor, claim.from.uid, claim.from.gid);
    // Its old owner's alone to change again from here on.
    const acl = readAccessList(native, descriptor);
    return { result: 'restored', message: describeRestored(claim, now, acl) };
  } catch (error) {
    return { result: 'kept', message: `cannot be given back: ${(error as Error).message}` };
  }
}

function isOwner(facts: FileFacts, owner: Owner): boolean {
  return facts.uid === owner.uid && facts.gid === owner.gid;
}

// Who owns a file may give it to another group of his: that must not keep it from going back.
function isGiven(now: FileFacts, to: Owner, groups: readonly number[]): boolean {
  return now.uid === to.uid && (now.gid === to.gid || groups.includes(now.gid));
}

export function printOwner(owner: Owner): string {
  return `${owner.uid}:${owner.gid}`;
}

// QEMU owned it, and could change both.
function describeRestored(claim: Claim, { mode }: FileFacts, acl: string | null): string {
  return [
    `given back to ${printOwner(claim.from)}`,
    ...(mode === claim.mode ? [] : [`its mode is ${octal(mode)} now, was ${octal(claim.mode)}`]),
    ...(claim.acl === undefined || acl === claim.acl ? [] : [describeList(acl)]),
  ].join('; ');
}

function describeList(acl: string | null): string {
  return acl === null
    ? 'its access list has gone'
    : 'its access list has changed: getfacl shows who may use it';
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

function outcome(claim: Claim, result: RestoreOutcome['result'], message: string): RestoreOutcome {
  return { path: claim.path, result, message };
}
