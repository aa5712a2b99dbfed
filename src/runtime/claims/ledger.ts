import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
} from 'node:fs';
import { AppError } from '../../errors.ts';
import { replaceBelow, syncDirectory, withDescriptor } from '../files.ts';
import type { Native } from '../native.ts';
import type { ClaimRecord } from './record.ts';
import { parseRecord, printRecord } from './record.ts';

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

const lockPatience = 10_000;
const lockPause = 5;

/** Opens the ledger below the state directory, making it when it is not there (0700, the caller's). */
export function openLedger(stateDirectory: string): Ledger {
  const path = `${stateDirectory}/claims`;
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  try {
    mkdirSync(stateDirectory, { recursive: true, mode: 0o755 });
    makeDirectory(path);
    const descriptor = openSync(path, flags);
    requirePrivate(descriptor, path);
    return { path, base: `/proc/self/fd/${descriptor}` };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('VP_LEDGER_UNTRUSTED', `cannot use the ledger ${path}: ${text(cause)}`, {
      cause,
      path,
      hint: 'nothing was changed: make the directory usable or name another with --state-dir',
    });
  }
}

// `recursive` bears with another launcher that makes it at the same time; what else may stand there open() refuses.
function makeDirectory(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(path, { recursive: true, mode: 0o700 });
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
  return withDescriptor(openSync(`${ledger.base}/lock`, flags, 0o600), (descriptor) => {
    for (let waited = 0; !native.tryLock(descriptor); waited += lockPause) {
      if (waited >= lockPatience) throw busy(ledger);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockPause);
    }
    return use();
  });
}

function busy(ledger: Ledger): AppError {
  return new AppError('VP_LEDGER_BUSY', `another launcher has held ${ledger.path}/lock for 10 s`, {
    path: `${ledger.path}/lock`,
    hint: `see who holds it: fuser -v ${ledger.path}/lock`,
  });
}

/** Every record, in the order of the names. */
export function readRecords(ledger: Ledger): LedgerContents {
  const records: ClaimRecord[] = [];
  const damaged: AppError[] = [];
  for (const file of readdirSync(ledger.base).filter(isRecordFile).sort()) {
    try {
      records.push(readRecordFile(ledger, file));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      damaged.push(error);
    }
  }
  return { records, damaged };
}

function isRecordFile(file: string): boolean {
  return file.endsWith('.json') && !file.startsWith('.');
}

function readRecordFile(ledger: Ledger, file: string): ClaimRecord {
  const record = parseRecord(
    readFileSync(`${ledger.base}/${file}`, 'utf8'),
    `${ledger.path}/${file}`,
  );
  if (`${record.name}.json` === file) return record;
  throw new AppError('VP_LEDGER_DAMAGED', `the record ${ledger.path}/${file} names another VM`, {
    path: `${ledger.path}/${file}`,
    hint: 'it is left as it is: see who put it there',
  });
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
