import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
} from 'node:fs';
import { AppError } from '../../errors.ts';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import { damagedRecord, parseRecord, printRecord } from '../../formats/claim-record.ts';
import { replaceBelow, syncDirectory, withDescriptor } from '../files.ts';
import type { Native } from '../native.ts';
import { makeOwnDirectory, openOwnDirectory } from '../own-directory.ts';
import { askAgain } from '../patience.ts';

/** The directory of records, open and found to be nobody else's. */
export interface Ledger {
  readonly path: string;
  /** The same directory by its descriptor: names below it cannot be redirected. */
  readonly base: string;
}

export interface LedgerContents {
  readonly records: readonly ClaimRecord[];
  /** Records that cannot be read: left alone and said. */
  readonly damaged: readonly AppError[];
}

/** Opens the ledger below the state directory; null when there is none yet. */
export function openLedger(native: Native, stateDirectory: string): Ledger | null {
  const path = `${stateDirectory}/claims`;
  const descriptor = guarded(path, () => openOwnDirectory(native, path));
  return descriptor === null ? null : asLedger(path, descriptor);
}

/** The same, made when it is not there (0700, the caller's). */
export function makeLedger(native: Native, stateDirectory: string): Ledger {
  const path = `${stateDirectory}/claims`;
  return asLedger(
    path,
    guarded(path, () => makeOwnDirectory(native, path, 0o700)),
  );
}

function asLedger(path: string, descriptor: number): Ledger {
  requirePrivate(descriptor, path);
  return { path, base: `/proc/self/fd/${descriptor}` };
}

function guarded<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('VP_LEDGER_UNTRUSTED', `cannot use the ledger ${path}: ${text(cause)}`, {
      cause,
      path,
      hint: 'nothing was changed: make the directory usable or name another with --state-dir',
    });
  }
}

// Whoever may write here could make root give any file away.
function requirePrivate(descriptor: number, path: string): void {
  const facts = fstatSync(descriptor);
  const mode = facts.mode & 0o7777;
  if (facts.uid === process.geteuid?.() && (mode & 0o077) === 0) return;
  closeSync(descriptor);
  throw new AppError(
    'VP_LEDGER_UNTRUSTED',
    `the ledger ${path} belongs to uid ${facts.uid} with mode ${mode.toString(8)}`,
    { path, hint: `it must be yours alone: chown ${process.geteuid?.()} and chmod 0700 it` },
  );
}

/** Runs `use` while nobody else can change the ledger; VP_LEDGER_BUSY after ten seconds. */
export function withLock<T>(native: Native, ledger: Ledger, use: () => T): T {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const lock = guarded(ledger.path, () => openSync(`${ledger.base}/lock`, flags, 0o600));
  return withDescriptor(lock, (descriptor) => {
    if (askAgain(() => native.tryLock(descriptor) || null) === null) throw busy(ledger);
    return use();
  });
}

function busy(ledger: Ledger): AppError {
  return new AppError('VP_LEDGER_BUSY', `another launcher has held ${ledger.path}/lock for 10 s`, {
    path: `${ledger.path}/lock`,
    hint: `see who holds it: fuser -v ${ledger.path}/lock`,
  });
}

/** Every record, in the order of the names, or that of one VM. */
export function readRecords(ledger: Ledger, name: string | null = null): LedgerContents {
  const records: ClaimRecord[] = [];
  const damaged: AppError[] = [];
  const files =
    name === null ? readdirSync(ledger.base).filter(isRecordFile).sort() : [`${name}.json`];
  for (const file of files) {
    try {
      records.push(...readRecordFile(ledger, file));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      damaged.push(error);
    }
  }
  return { records, damaged };
}

/** The record of one VM; null when there is none, VP_LEDGER_DAMAGED when it cannot be read. */
export function readRecord(ledger: Ledger, name: string): ClaimRecord | null {
  const [record = null] = readRecordFile(ledger, `${name}.json`);
  return record;
}

function isRecordFile(file: string): boolean {
  return file.endsWith('.json') && !file.startsWith('.');
}

// A record that has just gone is none; anything else under its name is damage.
function readRecordFile(ledger: Ledger, file: string): readonly ClaimRecord[] {
  const path = `${ledger.path}/${file}`;
  let content: string;
  try {
    content = readFileSync(`${ledger.base}/${file}`, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw damagedRecord(path, text(cause), cause);
  }
  const record = parseRecord(content, path);
  if (`${record.name}.json` !== file) throw damagedRecord(path, 'it names another VM');
  return [record];
}

/**
 * Writes one record in place of its older self. Claims make it durable: it
 * must be on disk before an owner changes. Without any there is nothing to lose.
 */
export function writeRecord(ledger: Ledger, record: ClaimRecord): void {
  const options = { mode: 0o600, durable: record.claims.length > 0 };
  try {
    replaceBelow(ledger.base, `${record.name}.json`, printRecord(record), options);
  } catch (cause) {
    throw new AppError('VP_CLAIM_FAILED', `cannot write to ${ledger.path}: ${text(cause)}`, {
      cause,
      path: ledger.path,
      hint: 'nothing is given to QEMU without a record of whose it was: free space, then try again',
    });
  }
}

/** Removes a record that has nothing left to do. */
export function removeRecord(ledger: Ledger, record: ClaimRecord): void {
  unlinkSync(`${ledger.base}/${record.name}.json`);
  if (record.claims.length > 0) syncDirectory(ledger.base);
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
