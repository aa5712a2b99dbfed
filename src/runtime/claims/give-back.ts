import type { ClaimRecord } from '../../formats/claim-record.ts';
import type { Native } from '../native.ts';
import { removeTemporaryDirectory } from '../temporary-directory.ts';
import { type Bearer, bearerOf } from './bearer.ts';
import type { Ledger } from './ledger.ts';
import { removeRecord, writeRecord } from './ledger.ts';
import { removeMade } from './made.ts';
import type { RestoreOutcome } from './restore.ts';
import { restoreClaim } from './restore.ts';
import { removeRunDirectory } from './run-directory.ts';

export interface GiveBackContext {
  readonly native: Native;
  readonly ledger: Ledger;
  readonly bootId: string;
}

/**
 * Gives back everything that one record holds, newest claim first, removes
 * what was made for the VM, and drops
 * the record once nothing of it is left to do. The ledger must be locked.
 */
export function giveBack(context: GiveBackContext, record: ClaimRecord): readonly RestoreOutcome[] {
  const sameBoot = record.bootId === context.bootId;
  const removed = removeAll(context, record, sameBoot);
  const { groups } = record.identity;
  const pairs = [...record.claims].reverse().map((claim) => {
    return { claim, outcome: restoreClaim(context.native, claim, sameBoot, groups) };
  });
  const kept = pairs.filter(({ outcome }) => isKept(outcome)).map(({ claim }) => claim);
  const left = removed.filter(({ outcome }) => isKept(outcome)).map(({ made }) => made);
  // Before the record goes: a run directory without one would be taken for somebody else's.
  removeRunDirectory(context.native, record);
  removeTemporaryDirectory(record.identity.uid, record.name);
  const isLess = kept.length + left.length < pairs.length + removed.length;
  if (kept.length + left.length === 0) removeRecord(context.ledger, record);
  else if (isLess || record.pid === null) {
    const rest = { claims: kept.reverse(), ...(left.length === 0 ? {} : { made: left.reverse() }) };
    const { made: _, ...others } = record;
    writeRecord(context.ledger, { ...others, ...lastBearer(record), ...rest });
  }
  return [...pairs, ...removed].map(({ outcome }) => outcome);
}

function removeAll({ native }: GiveBackContext, record: ClaimRecord, sameBoot: boolean) {
  return [...(record.made ?? [])].reverse().map((made) => {
    return { made, outcome: removeMade(native, made, record.identity.uid, sameBoot) };
  });
}

// What `prepare` left waits no longer: it is a dead VM's once this process has ended.
function lastBearer({ pid }: ClaimRecord): Partial<Bearer> {
  return pid === null ? bearerOf(process.pid) : {};
}

/** Whether it stays on record. */
export function isKept({ result }: RestoreOutcome): boolean {
  return result === 'kept' || result === 'busy';
}

/** Whether somebody must look: a file is not where its old owner would expect it. */
export function isTrouble({ result }: RestoreOutcome): boolean {
  return result !== 'restored' && result !== 'already' && result !== 'gone';
}
