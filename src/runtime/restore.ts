import { AppError } from '../errors.ts';
import type { ClaimRecord } from '../formats/claim-record.ts';
import type { GiveBackContext } from './claims/give-back.ts';
import { giveBack, isTrouble } from './claims/give-back.ts';
import { openLedger, readRecords, withLock } from './claims/ledger.ts';
import { isLive } from './claims/liveness.ts';
import { removeRemains } from './claims/remains.ts';
import type { RestoreOutcome } from './claims/restore.ts';
import type { Native } from './native.ts';
import { readBootId } from './process-facts.ts';
import type { Directories } from './request.ts';

export interface RestoreResult {
  readonly outcomes: readonly RestoreOutcome[];
  /** Records that could not be read: left alone. */
  readonly damaged: readonly AppError[];
  /** Nothing is left that somebody must look at. */
  readonly complete: boolean;
}

/**
 * Gives back what one VM (or, with null, every dead VM) had been given.
 * A name without a record has nothing to give back, which is no failure.
 */
export function restore(
  native: Native,
  directories: Directories,
  name: string | null,
): RestoreResult {
  const ledger = openLedger(native, directories.state);
  if (ledger === null) return { outcomes: [], damaged: [], complete: true };
  const context = { native, ledger, bootId: readBootId() };
  return withLock(native, ledger, () => {
    const { records, damaged } = readRecords(ledger);
    const relevant = damaged.filter(({ path }) => {
      return name === null || path === `${ledger.path}/${name}.json`;
    });
    const outcomes = choose(context, records, name).flatMap((record) => giveBack(context, record));
    if (name === null) removeRemains(ledger);
    const complete = relevant.length === 0 && !outcomes.some(isTrouble);
    return { outcomes, damaged: relevant, complete };
  });
}

function choose(
  context: GiveBackContext,
  records: readonly ClaimRecord[],
  name: string | null,
): readonly ClaimRecord[] {
  if (name === null) return records.filter((record) => !isLive(record, context.bootId));
  const named = records.filter((record) => record.name === name);
  for (const record of named) refuseRunning(record, context.bootId);
  return named;
}

// What `prepare` left has no process yet: only a word with its name gives that back.
function refuseRunning(record: ClaimRecord, bootId: string): void {
  if (record.pid === null || !isLive(record, bootId)) return;
  throw new AppError('VP_NAME_IN_USE', `the VM ${record.name} is running (pid ${record.pid})`, {
    hint: 'its files go back by themselves when it ends',
  });
}
