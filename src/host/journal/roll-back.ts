import { AppError } from '../../errors.ts';
import { describeAccount, remainingAccounts } from '../revert/plan-account-removal.ts';
import { pathInRoot, type Root } from '../root.ts';
import { describeSystemError } from '../system-error.ts';
import { removeEntry, writeEntry } from './journal.ts';
import type {
  JournalEntry,
  RecordedAccount,
  RecordedChange,
  RecordedFile,
} from './journal-entry.ts';
import { completeEntry } from './record-plan.ts';
import { deviceState, fileState, undoDevice, undoFile } from './undo-change.ts';

/**
 * Takes back what a failed apply had done, and its record with it; accounts stay, and so does the
 * record of them. `written` names the files that it came to. Returns the error to throw, which says so.
 */
export function rollBack(
  root: Root,
  entry: JournalEntry,
  written: ReadonlySet<string>,
  failure: AppError,
): AppError {
  try {
    const results = entry.changes.toReversed().map((change) => undo(root, change, written));
    const accounts = remainingAccounts(root, [entry]).toReversed();
    const left = results.flatMap(({ left }) => left);
    forget(root, { ...entry, changes: [...accounts, ...left] });
    const undone = results.flatMap(({ undone }) => undone);
    return rolledBack(root, failure, { undone, left, accounts });
  } catch (cause) {
    return notRolledBack(root, failure, cause);
  }
}

interface Undone {
  /** Paths that are as before again. */
  readonly undone: readonly string[];
  /** Files that somebody has changed since they were written. */
  readonly left: readonly RecordedFile[];
}

const nothing: Undone = { undone: [], left: [] };

function undo(root: Root, change: RecordedChange, written: ReadonlySet<string>): Undone {
  if (change.kind === 'file') return undoWritten(root, change, written.has(change.path));
  if (change.kind !== 'device' || deviceState(root, change) === 'before') return nothing;
  undoDevice(root, change);
  return { undone: [change.path], left: [] };
}

function undoWritten(root: Root, file: RecordedFile, isWritten: boolean): Undone {
  const state = fileState(root, file);
  if (state === 'other') return { undone: [], left: isWritten ? [file] : [] };
  undoFile(root, file, false);
  return state === 'before' ? nothing : { undone: [file.path], left: [] };
}

function forget(root: Root, entry: JournalEntry): void {
  if (entry.changes.length === 0) removeEntry(root, entry);
  else writeEntry(root, completeEntry(root, entry));
}

interface Outcome extends Undone {
  readonly accounts: readonly RecordedAccount[];
}

function rolledBack(
  root: Root,
  { code, message, hint, path, cause }: AppError,
  { undone, left, accounts }: Outcome,
): AppError {
  const shown = (paths: readonly string[]) => paths.map((one) => pathInRoot(root, one)).join(', ');
  const back = undone.length === 0 ? 'nothing else was changed' : `taken back: ${shown(undone)}`;
  const made = accounts.map(describeAccount).join(', ');
  const hints = [
    hint ?? '',
    left.length === 0
      ? ''
      : `left as somebody has changed it: ${shown(left.map((one) => one.path))}`,
    accounts.length === 0 ? '' : `accounts that were made stay: ${made}`,
  ];
  return new AppError(code, `${message}; ${back}`, {
    cause,
    hint: hints.filter((text) => text !== '').join('\n'),
    ...(path === undefined ? {} : { path }),
  });
}

function notRolledBack(root: Root, failure: AppError, cause: unknown): AppError {
  const { code, message } = failure;
  const reason = cause instanceof AppError ? cause.message : describeSystemError(cause);
  return new AppError(code, `${message}; and it could not be taken back: ${reason}`, {
    cause: failure,
    path: root.path,
    hint: 'everything is on record: run it again to finish the work, or `provision revert`',
  });
}
