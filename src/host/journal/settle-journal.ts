import { chmodSync, constants, fstatSync } from 'node:fs';
import { remainingAccounts } from '../revert/plan-account-removal.ts';
import { type Root, withPath } from '../root.ts';
import { removeFile } from './file-image.ts';
import { cleanJournal, isJournalClean, readJournal, removeEntry, writeEntry } from './journal.ts';
import {
  isRecordedAccount,
  isRecordedFile,
  type JournalEntry,
  type RecordedFile,
} from './journal-entry.ts';
import { completeEntry } from './record-plan.ts';
import { removeTemporary } from './undo-change.ts';

/** Whether an earlier run on this root was cut off. */
export function hasUnsettled(root: Root): boolean {
  return !isJournalClean(root) || readJournal(root).entries.some(({ isComplete }) => !isComplete);
}

/**
 * Removes the temporary files that runs which were cut off have left, and no others; what they had
 * changed stays on record. Returns the records that were open. Only under the lock.
 */
export function settleJournal(root: Root): readonly JournalEntry[] {
  cleanJournal(root);
  const open = readJournal(root).entries.filter(({ isComplete }) => !isComplete);
  for (const entry of open) {
    for (const file of entry.changes.filter(isRecordedFile)) settleFile(root, file);
    for (const path of entry.temporaries) removeFile(root, path);
    settleEntry(root, entry);
  }
  return open;
}

// An account that was not made yet must not be taken for ours when somebody else makes it.
function settleEntry(root: Root, entry: JournalEntry): void {
  const made = remainingAccounts(root, [entry]);
  const changes = entry.changes.filter(
    (change) => !isRecordedAccount(change) || made.includes(change),
  );
  if (changes.length === 0) removeEntry(root, entry);
  else writeEntry(root, completeEntry(root, { ...entry, changes }));
}

function settleFile(root: Root, file: RecordedFile): void {
  removeTemporary(root, file);
  for (const directory of file.directories) finishDirectory(root, directory);
}

// It is made for root alone, and opened to everybody in a second step.
function finishDirectory(root: Root, path: string): void {
  withPath(root, path, constants.O_NOFOLLOW, (place) => {
    const stat = place === null ? null : fstatSync(place);
    const isHalf = stat?.isDirectory() && stat.uid === 0 && (stat.mode & 0o7777) === 0o700;
    if (isHalf) chmodSync(`/proc/self/fd/${place}`, 0o755);
  });
}
