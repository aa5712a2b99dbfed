import { closeSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import type { Claim, ClaimRecord, Owner } from '../../formats/claim-record.ts';
import type { FileFacts, Native } from '../native.ts';
import { isNativeError } from '../native.ts';
import { describeUntrusted } from '../trust.ts';
import { refuseClaimed, refuseDamagedName, refuseKept, refuseSameName } from './conflict.ts';
import type { GiveBackContext } from './give-back.ts';
import { giveBack } from './give-back.ts';
import { readRecords, removeRecord, withLock, writeRecord } from './ledger.ts';
import { isLive } from './liveness.ts';
import type { RestoreOutcome } from './restore.ts';
import { printOwner } from './restore.ts';
import { requireNoRunDirectory } from './run-directory.ts';

export interface ClaimResult {
  readonly record: ClaimRecord;
  /** What dead VMs had left and was given back first. */
  readonly cleared: readonly RestoreOutcome[];
  /** Records of others that cannot be read. */
  readonly damaged: readonly AppError[];
}

interface OpenClaim {
  readonly claim: Claim;
  readonly descriptor: number;
}

/**
 * Gives `paths` to `owner` for the VM of `draft`: dead VMs' files go back
 * first, then every file is opened and judged, then the record is written and
 * synced, then the owners change. Any failure undoes what was done, in reverse.
 */
export function takeClaims(
  context: GiveBackContext,
  draft: ClaimRecord,
  paths: readonly string[],
  owner: Owner,
): ClaimResult {
  return withLock(context.native, context.ledger, () => {
    const { records, damaged } = readRecords(context.ledger);
    refuseDamagedName(damaged, draft.name, context.ledger.path);
    const live = records.filter((record) => isLive(record, context.bootId));
    const dead = records.filter((record) => !live.includes(record));
    const cleared = dead.map((record) => ({ record, outcomes: giveBack(context, record) }));
    refuseSameName(live, draft.name);
    for (const { record, outcomes } of cleared) refuseKept(record, outcomes, draft.name);
    requireNoRunDirectory(context.native, draft.runDirectory, draft.name);
    const record = claimAll(context, draft, paths, owner, live);
    return { record, cleared: cleared.flatMap(({ outcomes }) => outcomes), damaged };
  });
}

function claimAll(
  context: GiveBackContext,
  draft: ClaimRecord,
  paths: readonly string[],
  owner: Owner,
  live: readonly ClaimRecord[],
): ClaimRecord {
  const open = openAll(context.native, paths, owner);
  try {
    for (const { claim } of open) refuseClaimed(live, claim);
    const record = { ...draft, claims: open.map(({ claim }) => claim) };
    writeRecord(context.ledger, record);
    if (open.length > 0) changeAll(context, record, open);
    return record;
  } finally {
    for (const { descriptor } of open) closeSync(descriptor);
  }
}

function openAll(native: Native, paths: readonly string[], owner: Owner): readonly OpenClaim[] {
  const open: OpenClaim[] = [];
  try {
    for (const path of paths) open.push(openClaim(native, path, owner));
    return open;
  } catch (error) {
    for (const { descriptor } of open) closeSync(descriptor);
    throw error;
  }
}

/** Opens a file that would be claimed, and says what the record would hold; whoever asks closes it. */
export function openClaim(native: Native, path: string, owner: Owner): OpenClaim {
  const descriptor = openTrusted(native, path, owner.uid);
  const facts = native.inspect(descriptor);
  return { descriptor, claim: describeClaim(path, facts, owner) };
}

/** Opens a file that may be given away, or says which component cannot be trusted. */
export function openTrusted(native: Native, path: string, target: number): number {
  try {
    return native.openTrusted(path, target);
  } catch (error) {
    throw isNativeError(error) ? describeUntrusted(path, error) : error;
  }
}

function describeClaim(path: string, facts: FileFacts, to: Owner): Claim {
  const { device, inode, blockDevice, handle, mountId, birth, mode, uid, gid } = facts;
  const from = { uid, gid };
  const file = { path, device, inode, blockDevice, handle, mountId, birth, mode };
  return { ...file, from, to: { uid: to.uid, gid: to.gid } };
}

function changeAll(
  context: GiveBackContext,
  record: ClaimRecord,
  open: readonly OpenClaim[],
): void {
  const changed: OpenClaim[] = [];
  for (const each of open) {
    try {
      context.native.changeOwner(each.descriptor, each.claim.to.uid, each.claim.to.gid);
      changed.push(each);
    } catch (cause) {
      undo(context, record, [...changed, each]);
      throw claimFailed(each.claim, cause);
    }
  }
}

// Only when every owner is back may the record go; else it stays for `restore`.
function undo(context: GiveBackContext, record: ClaimRecord, changed: readonly OpenClaim[]): void {
  const back = [...changed].reverse().map((each) => isBack(context.native, each));
  if (back.every(Boolean)) removeRecord(context.ledger, record);
}

function isBack(native: Native, { claim, descriptor }: OpenClaim): boolean {
  try {
    native.changeOwner(descriptor, claim.from.uid, claim.from.gid);
    return true;
  } catch {
    const now = native.inspect(descriptor);
    return now.uid === claim.from.uid && now.gid === claim.from.gid;
  }
}

function claimFailed(claim: Claim, cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError(
    'VP_CLAIM_FAILED',
    `cannot give ${claim.path} to ${printOwner(claim.to)}: ${why}`,
    {
      cause,
      path: claim.path,
      hint: 'everything given before is back; if QEMU may use the file as it is, say --leave PATH',
    },
  );
}
