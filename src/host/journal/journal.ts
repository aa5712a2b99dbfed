import { constants, fsyncSync, readdirSync, unlinkSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import { replaceFile } from '../atomic-write.ts';
import { readRegular } from '../read-regular.ts';
import { pathInRoot, type Root } from '../root.ts';
import { fileError } from '../system-error.ts';
import { type JournalEntry, printEntry } from './journal-entry.ts';
import { parseEntry } from './parse-journal-entry.ts';
import { APPLIES_DIRECTORY, withMadeDirectory, withStateDirectory } from './state-directory.ts';

/** What earlier applies left, the oldest first. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  /** Records that cannot be used; they are kept. */
  readonly damaged: readonly DamagedRecord[];
}

export interface DamagedRecord {
  readonly id: number;
  readonly error: AppError;
}

/** Reads every record of the root; throws VP_LEDGER_UNTRUSTED, VP_FILE_READ. */
export function readJournal(root: Root): Journal {
  return withStateDirectory(root, APPLIES_DIRECTORY, (directory) => {
    if (directory === null) return { entries: [], damaged: [] };
    const results = recordNames(directory).map((name) => readRecord(root, directory, name));
    return {
      entries: results.flatMap((result) => ('error' in result ? [] : [result])),
      damaged: results.flatMap((result) => ('error' in result ? [result] : [])),
    };
  });
}

/** The number of the next apply: greater than that of every record, of damaged ones too. */
export function nextId({ entries, damaged }: Journal): number {
  const id = Math.max(0, ...[...entries, ...damaged].map((one) => one.id)) + 1;
  if (id <= LARGEST_ID) return id;
  throw new AppError('VP_LEDGER_DAMAGED', `a record has the number ${id - 1}, which no run gave`, {
    hint: `look what is in ${APPLIES_DIRECTORY}, and move what this program did not write away`,
  });
}

/** A run a second for thirty years; larger names would not be read again. */
const LARGEST_ID = 999_999_999;

/** Has a record on disk before it returns, in the place of an earlier one of this apply. Throws VP_FILE_WRITE. */
export function writeEntry(root: Root, entry: JournalEntry): void {
  const text = Buffer.from(printEntry(entry));
  const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, mode: 0o600 };
  changeJournal(root, entry, (directory, name) => replaceFile(directory, name, text, owner));
}

/** Removes a record that has nothing left to take back. Throws VP_FILE_WRITE. */
export function removeEntry(root: Root, entry: JournalEntry): void {
  changeJournal(root, entry, (directory, name) => {
    unlinkSync(`/proc/self/fd/${directory}/${name}`);
    fsyncSync(directory);
  });
}

/** Removes what a run that was killed left among the records; only under the lock. */
export function cleanJournal(root: Root): void {
  withStateDirectory(root, APPLIES_DIRECTORY, (directory) => {
    for (const name of leftNames(directory)) unlinkSync(`/proc/self/fd/${directory}/${name}`);
  });
}

/** Whether a run that was killed left something among the records. */
export function isJournalClean(root: Root): boolean {
  return withStateDirectory(root, APPLIES_DIRECTORY, leftNames).length === 0;
}

function leftNames(directory: number | null): readonly string[] {
  if (directory === null) return [];
  const names = readdirSync(`/proc/self/fd/${directory}`);
  return names.filter((name) => /^\.[0-9]+\.json\.[0-9a-f]{12}\.tmp$/.test(name));
}

function changeJournal(
  root: Root,
  { id }: JournalEntry,
  change: (directory: number, name: string) => void,
): void {
  const name = `${String(id).padStart(6, '0')}.json`;
  withMadeDirectory(root, APPLIES_DIRECTORY, (directory) => {
    try {
      change(directory, name);
    } catch (cause) {
      throw fileError('VP_FILE_WRITE', pathInRoot(root, `${APPLIES_DIRECTORY}/${name}`), cause);
    }
  });
}

function recordNames(directory: number): readonly string[] {
  const names = readdirSync(`/proc/self/fd/${directory}`);
  return names.filter((name) => /^[0-9]{6,15}\.json$/.test(name)).sort(byNumber);
}

function byNumber(left: string, right: string): number {
  return Number.parseInt(left, 10) - Number.parseInt(right, 10);
}

function readRecord(root: Root, directory: number, name: string): JournalEntry | DamagedRecord {
  const id = Number.parseInt(name, 10);
  const shown = pathInRoot(root, `${APPLIES_DIRECTORY}/${name}`);
  try {
    const entry = parseEntry(readBytes(`/proc/self/fd/${directory}/${name}`, shown), shown);
    return entry.id === id ? entry : { id, error: misnamed(shown, entry.id) };
  } catch (cause) {
    return { id, error: fileError('VP_FILE_READ', shown, cause) };
  }
}

/** Far more than two states of every file that is ever recorded. */
const LARGEST = 256 * 1024 * 1024;

// It decides what root writes: a record is its maker's alone, under one name.
function readBytes(path: string, shown: string): string {
  const options = { shown, largest: LARGEST, flags: constants.O_NOFOLLOW };
  const { bytes, facts } = readRegular(path, options);
  const isOwn = facts.uid === process.geteuid?.() && facts.nlink === 1;
  if (!isOwn || (facts.mode & 0o077) !== 0) throw new Error('it is no file of this program');
  return bytes.toString('utf8');
}

function misnamed(shown: string, id: number): AppError {
  return new AppError(
    'VP_LEDGER_DAMAGED',
    `cannot use the record ${shown}: it is that of apply ${id}`,
    {
      path: shown,
      hint: 'it is kept as it is',
    },
  );
}
