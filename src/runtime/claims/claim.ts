import { closeSync } from 'node:fs';
import type { AppError } from '../../errors.ts';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import type { AccessIdentity } from '../access.ts';
import { askAgain } from '../patience.ts';
import { lazy } from '../qemu-args/lazy.ts';
import { readAccessList } from './access-list.ts';
import { changeOwners } from './change-owners.ts';
import * as conflict from './conflict.ts';
import type { GiveBackContext } from './give-back.ts';
import { giveBack, isKept } from './give-back.ts';
import { readRecords, withLock, writeRecord } from './ledger.ts';
import { isLive } from './liveness.ts';
import { type Lockable, type Locked, withMetadataLocks } from './metadata-lock.ts';
import type { OpenClaim, WantedClaim } from './open-claim.ts';
import { describeClaim, openTrusted, readMounts } from './open-claim.ts';
import type { RestoreOutcome } from './restore.ts';
import { requireNoRunDirectory } from './run-directory.ts';

export interface ClaimResult {
  readonly record: ClaimRecord;
  /** Paths whose owner cannot be changed, and which their user can use as they are. */
  readonly left: readonly string[];
  /** What dead VMs had left and was given back first. */
  readonly cleared: readonly RestoreOutcome[];
  /** Records of others that cannot be read. */
  readonly damaged: readonly AppError[];
  /** The claimed files, open as they were judged, by path; whoever takes them closes them. */
  readonly open: ReadonlyMap<string, number>;
}

/** What a launch wants, and for whom. */
export interface ClaimRequest {
  readonly draft: ClaimRecord;
  readonly wanted: readonly WantedClaim[];
  readonly identity: AccessIdentity;
}

/**
 * Gives files to the VM of the draft: dead VMs' files go back first, then every file is opened and judged, then the
 * record is written and synced, then the owners change. Any failure undoes what was done, in reverse.
 */
export function takeClaims(context: GiveBackContext, request: ClaimRequest): ClaimResult {
  const cleared = new Map<string, RestoreOutcome>();
  let busy = '';
  const result = askAgain(() => {
    // The ledger is free while libvirt is waited for.
    const locked = withLock(context.native, context.ledger, () => {
      return tryClaims(context, request, cleared);
    });
    if ('value' in locked) return locked.value;
    busy = locked.busy;
    // Whoever ends the launcher must not have to wait for libvirt.
    if (context.native.caughtSignal() !== 0) throw conflict.interrupted(busy);
    return null;
  });
  if (result === null) throw conflict.neverFree(busy);
  return { ...result, cleared: [...cleared.values()] };
}

type Taken = Locked<Omit<ClaimResult, 'cleared'>>;

function tryClaims(
  context: GiveBackContext,
  request: ClaimRequest,
  cleared: Map<string, RestoreOutcome>,
): Taken {
  const { name, runDirectory } = request.draft;
  const { records, damaged } = readRecords(context.ledger);
  conflict.refuseDamagedName(damaged, name, context.ledger.path);
  const live = records.filter((record) => isLive(record, context.bootId));
  const dead = records.filter((record) => !live.includes(record));
  const given = dead.map((record) => ({ record, outcomes: giveBack(context, record) }));
  for (const outcome of given.flatMap(({ outcomes }) => outcomes))
    cleared.set(outcome.path, outcome);
  conflict.refuseSameName(live, name);
  const own = given.find(({ record }) => record.name === name)?.outcomes ?? [];
  const busy = own.find(({ result }) => result === 'busy');
  if (busy !== undefined) return { busy: busy.path };
  conflict.refuseKept(name, own);
  requireNoRunDirectory(context.native, runDirectory, name);
  const taken = claimAll(context, request, { live, held: given.map(listHeld) });
  return 'busy' in taken ? taken : { value: { ...taken.value, damaged } };
}

interface GivenBack {
  readonly record: ClaimRecord;
  readonly outcomes: readonly RestoreOutcome[];
}

/** What a dead VM still holds, since it could not go back. */
function listHeld({ record, outcomes }: GivenBack): ClaimRecord {
  const kept = new Set(outcomes.filter(isKept).map(({ path }) => path));
  return { ...record, claims: record.claims.filter(({ path }) => kept.has(path)) };
}

function claimAll(
  context: GiveBackContext,
  request: ClaimRequest,
  others: conflict.Others,
): Locked<Pick<ClaimResult, 'record' | 'left' | 'open'>> {
  const files = openAll(context, request);
  let isTaken = false;
  try {
    const given = withMetadataLocks(context.native, files, () => {
      return give(context, request, others, files);
    });
    if ('busy' in given) return given;
    isTaken = true;
    const open = new Map(files.map(({ path, descriptor }) => [path, descriptor]));
    return { value: { ...given.value, open } };
  } finally {
    if (!isTaken) for (const { descriptor } of files) closeSync(descriptor);
  }
}

function openAll(
  { native }: GiveBackContext,
  { wanted, identity }: ClaimRequest,
): readonly Lockable[] {
  const open: Lockable[] = [];
  try {
    for (const each of wanted)
      open.push({ path: each.path, descriptor: openTrusted(native, each, identity.uid) });
    return open;
  } catch (error) {
    for (const { descriptor } of open) closeSync(descriptor);
    throw error;
  }
}

/** From the first look at an owner to the last change nobody else can change one. */
function give(
  context: GiveBackContext,
  { draft, identity }: ClaimRequest,
  others: conflict.Others,
  files: readonly Lockable[],
): Pick<ClaimResult, 'record' | 'left'> {
  const { native, ledger } = context;
  const mounts = lazy(readMounts);
  const open = files.map(({ path, descriptor }): OpenClaim => {
    const described = describeClaim(path, native.inspect(descriptor), identity, mounts);
    const claim = { ...described, acl: readAccessList(native, descriptor) };
    conflict.refuseUse(native, others, { claim, descriptor });
    return { claim, descriptor };
  });
  const own = open.filter(({ claim }) => !conflict.isHeldTogether(others.live, claim));
  const record = { ...draft, claims: own.map(({ claim }) => claim) };
  writeRecord(ledger, record);
  return changeOwners(context, record, own, identity);
}
