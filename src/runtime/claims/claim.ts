import { closeSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import type { FileFacts, Native } from '../native.ts';
import { isNativeError } from '../native.ts';
import { describeUntrusted } from '../trust.ts';
import type { GiveBackContext } from './give-back.ts';
import { giveBack } from './give-back.ts';
import { readRecords, removeRecord, withLock, writeRecord } from './ledger.ts';
import { isLive } from './liveness.ts';
import type { Claim, ClaimRecord, Owner } from './record.ts';
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

function refuseDamagedName(damaged: readonly AppError[], name: string, directory: string): void {
  const own = damaged.find((error) => error.path === `${directory}/${name}.json`);
  if (own !== undefined) throw own;
}

function refuseSameName(live: readonly ClaimRecord[], name: string): void {
  const other = live.find((record) => record.name === name);
  if (other === undefined) return;
  throw new AppError('VP_NAME_IN_USE', `a VM named ${name} is running already (${bearer(other)})`, {
    hint: 'give this one another name with --name, or end the other one first',
  });
}

// Its record must not be written over: it alone knows whose the files were.
function refuseKept(record: ClaimRecord, outcomes: readonly RestoreOutcome[], name: string): void {
  const kept = outcomes.find(({ result }) => result === 'kept');
  if (kept === undefined || record.name !== name) return;
  throw new AppError(
    'VP_NAME_IN_USE',
    `the VM ${name} still holds ${kept.path} from an earlier run: it ${kept.message}`,
    { path: kept.path, hint: `make the file reachable, then: qemu-launch restore ${name}` },
  );
}

function bearer(record: ClaimRecord): string {
  return record.pid === null ? 'prepared, not started yet' : `pid ${record.pid}`;
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

function openClaim(native: Native, path: string, owner: Owner): OpenClaim {
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

// By inode, not by name: a link or a bind mount is the same file, two nodes of a device the same disk.
function refuseClaimed(live: readonly ClaimRecord[], wanted: Claim): void {
  for (const record of live) {
    if (!record.claims.some((claim) => isSameDisk(claim, wanted))) continue;
    throw new AppError(
      'VP_PATH_IN_USE',
      `${wanted.path} is in use by the VM ${record.name} (${bearer(record)})`,
      {
        path: wanted.path,
        hint: 'end that VM first, or share the disk: share-rw=on, --leave PATH',
      },
    );
  }
}

function isSameDisk(claim: Claim, wanted: Claim): boolean {
  if (claim.blockDevice !== null) return claim.blockDevice === wanted.blockDevice;
  return claim.device === wanted.device && claim.inode === wanted.inode;
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
