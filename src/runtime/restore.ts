import { AppError } from '../errors.ts';
import type { ClaimRecord } from '../formats/claim-record.ts';
import type { GiveBackContext } from './claims/give-back.ts';
import { giveBack, isTrouble } from './claims/give-back.ts';
import { openLedger, readRecords, withLock } from './claims/ledger.ts';
import { isLive } from './claims/liveness.ts';
import { removeRemains } from './claims/remains.ts';
import type { RestoreOutcome } from './claims/restore.ts';
import { sweepRunDirectory } from './claims/sweep-run-directory.ts';
import type { Native } from './native.ts';
import { askAgain } from './patience.ts';
import { readBootId } from './process-facts.ts';
import type { Directories } from './request.ts';

/** What became of one claim of one VM. */
export interface Restored extends RestoreOutcome {
  readonly name: string;
}

export interface RestoreResult {
  readonly outcomes: readonly Restored[];
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
  if (name === null) withLock(native, ledger, () => removeRemains(ledger));
  const tries = new Map<string, Restored>();
  let damaged: readonly AppError[] = [];
  // The ledger is free while libvirt is waited for.
  askAgain(() => {
    damaged = withLock(native, ledger, () => restoreOnce(context, name, tries));
    return [...tries.values()].some(({ result }) => result === 'busy') ? null : true;
  });
  sweepRunDirectory(native, directories.run);
  const outcomes = [...tries.values()];
  return { outcomes, damaged, complete: damaged.length === 0 && !outcomes.some(isTrouble) };
}

/** Notes what became of each claim; returns the records that cannot be read. */
function restoreOnce(
  context: GiveBackContext,
  name: string | null,
  tries: Map<string, Restored>,
): readonly AppError[] {
  const { records, damaged } = readRecords(context.ledger, name);
  for (const record of choose(context, records, name)) {
    for (const outcome of giveBack(context, record))
      tries.set(`${record.name} ${outcome.path}`, { name: record.name, ...outcome });
  }
  return damaged;
}

function choose(
  context: GiveBackContext,
  records: readonly ClaimRecord[],
  name: string | null,
): readonly ClaimRecord[] {
  if (name === null) return records.filter((record) => !isLive(record, context.bootId));
  for (const record of records) refuseRunning(record, context.bootId);
  return records;
}

// What `prepare` left has no process yet: only a word with its name gives that back.
function refuseRunning(record: ClaimRecord, bootId: string): void {
  if (record.pid === null || record.pid === process.pid || !isLive(record, bootId)) return;
  throw new AppError('VP_NAME_IN_USE', `the VM ${record.name} is running (pid ${record.pid})`, {
    hint: 'its files go back by themselves when it ends',
  });
}
