import type { ClaimRecord } from '../../formats/claim-record.ts';
import type { Native } from '../native.ts';
import { removeTemporaryDirectory } from '../temporary-directory.ts';
import { type Bearer, bearerOf } from './bearer.ts';
import type { Ledger } from './ledger.ts';
import { removeRecord, writeRecord } from './ledger.ts';
import type { RestoreOutcome } from './restore.ts';
import { restoreClaim } from './restore.ts';
import { removeRunDirectory } from './run-directory.ts';

export interface GiveBackContext {
  readonly native: Native;
  readonly ledger: Ledger;
  readonly bootId: string;
}

/**
 * Gives back everything that one record holds, newest claim first, and drops
 * the record once nothing of it is left to do. The ledger must be locked.
 */
export function giveBack(context: GiveBackContext, record: ClaimRecord): readonly RestoreOutcome[] {
  const sameBoot = record.bootId === context.bootId;
  const pairs = [...record.claims].reverse().map((claim) => {
    return { claim, outcome: restoreClaim(context.native, claim, sameBoot) };
  });
  const kept = pairs.filter(({ outcome }) => isKept(outcome)).map(({ claim }) => claim);
  // Before the record goes: a run directory without one would be taken for somebody else's.
  removeRunDirectory(context.native, record);
  removeTemporaryDirectory(record.identity.uid, record.name);
  if (kept.length === 0) removeRecord(context.ledger, record);
  else if (kept.length < pairs.length || record.pid === null)
    writeRecord(context.ledger, { ...record, ...lastBearer(record), claims: kept.reverse() });
  return pairs.map(({ outcome }) => outcome);
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
