import { AppError } from '../../errors.ts';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import { readStartTime } from '../process-facts.ts';
import type { GiveBackContext } from './give-back.ts';
import { readRecord, withLock, writeRecord } from './ledger.ts';

/** The process that a record stands and falls with. */
export type Bearer = Pick<ClaimRecord, 'pid' | 'startTime'>;

/** Borne by none, a record stands until it is named to `restore`, or the machine starts again. */
export const nobody: Bearer = { pid: null, startTime: null };

/** A process that is there now; VP_INTERNAL when it is not. */
export function bearerOf(pid: number): Bearer {
  return { pid, startTime: readStartTime(pid) };
}

/** Puts another process on a record. Who does it must be its bearer, or hold the lock. */
export function passRecord(
  context: GiveBackContext,
  record: ClaimRecord,
  bearer: Bearer,
): ClaimRecord {
  const passed = { ...record, ...bearer };
  writeRecord(context.ledger, passed);
  return passed;
}

/**
 * Puts a process on the record that `prepare` has left for it;
 * VP_NAME_IN_USE when there is none that waits, VP_LEDGER_DAMAGED when it cannot be read.
 */
export function adoptRecord(context: GiveBackContext, name: string, bearer: Bearer): ClaimRecord {
  return withLock(context.native, context.ledger, () => {
    const record = readRecord(context.ledger, name);
    if (record === null || record.bootId !== context.bootId) throw notPrepared(name, 'is prepared');
    const isWaiting = record.pid === null || record.pid === bearer.pid;
    if (!isWaiting) throw notPrepared(name, `waits: it runs already (pid ${record.pid})`);
    return passRecord(context, record, bearer);
  });
}

/**
 * Writes what has become known of a record's process. When that has ended meanwhile, whoever met the record has given
 * back, and the name may be another VM's by now: then nothing is written.
 */
export function completeRecord(context: GiveBackContext, record: ClaimRecord): ClaimRecord {
  withLock(context.native, context.ledger, () => {
    const now = readRecord(context.ledger, record.name);
    const isOwn = now?.pid === record.pid && now.startTime === record.startTime;
    if (isOwn) writeRecord(context.ledger, record);
  });
  return record;
}

function notPrepared(name: string, what: string): AppError {
  return new AppError('VP_NAME_IN_USE', `no VM named ${name} ${what}`, {
    hint: `see which there are: qemu-launch list; make one ready: qemu-launch prepare --name ${name}`,
  });
}
