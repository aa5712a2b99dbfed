import { AppError, type Finding } from '../../errors.ts';
import { type DamagedRecord, readJournal } from '../journal/journal.ts';
import {
  isRecordedAccount,
  type JournalEntry,
  type RecordedAccount,
} from '../journal/journal-entry.ts';
import { octal } from '../plan/plan-files.ts';
import { pathInRoot, type Root } from '../root.ts';
import { describeAccount, planAccountRemoval, remainingAccounts } from './plan-account-removal.ts';
import { type Conflict, type FileRevert, planFileRevert } from './plan-revert.ts';
import { isToDo } from './revert-change.ts';

export interface RevertRequest {
  readonly scope: 'all' | 'last';
  readonly isForced: boolean;
  /** Accounts that apply made go as well, where nothing belongs to them. */
  readonly withAccounts: boolean;
}

/** What a revert does, the newest apply first, together with what it was made from. */
export interface RevertPlan extends FileRevert {
  readonly root: Root;
  readonly request: RevertRequest;
  readonly entries: readonly JournalEntry[];
}

/** Reads the records and the root, and plans; changes nothing. Throws VP_LEDGER_DAMAGED. */
export function prepareRevert(root: Root, request: RevertRequest): RevertPlan {
  const plan = prepareFiles(root, request);
  const remaining = remainingAccounts(root, plan.entries);
  const given = plan.changes.filter(isToDo).map(({ id }) => id);
  const removal = request.withAccounts ? planAccountRemoval(root, remaining, given) : null;
  return {
    ...plan,
    changes: [...plan.changes, ...(removal?.changes ?? [])],
    findings: [...plan.findings, ...(removal?.findings ?? stayFindings(remaining))],
  };
}

/** The same without a look at the accounts, which takes a while. */
export function prepareFiles(root: Root, request: RevertRequest): RevertPlan {
  const entries = chooseEntries(root, request);
  return { root, request, entries, ...planFileRevert(root, entries, request.isForced) };
}

/** Throws VP_REVERT_REFUSED when files were changed since; the first is named, the others are hints. */
export function requireUnchanged({ root, conflicts }: RevertPlan): void {
  const [first, ...others] = conflicts;
  if (first === undefined) return;
  const describe = (one: Conflict) => `${pathInRoot(root, one.path)}: ${describeConflict(one)}`;
  const hints = [
    ...others.map((other) => `also ${describe(other)}`),
    'nothing was changed; --force takes it back all the same',
  ];
  throw new AppError('VP_REVERT_REFUSED', `cannot take back ${describe(first)}`, {
    path: pathInRoot(root, first.path),
    hint: hints.join('\n'),
  });
}

function describeConflict({ left, found }: Conflict): string {
  if (found === null) return 'it was removed since';
  if (left === null) return 'it was made again since';
  const [from, to] = [`${left.uid}:${left.gid}`, `${found.uid}:${found.gid}`];
  const differences = [
    left.content.equals(found.content) ? '' : 'content',
    from === to ? '' : `owner (${from} -> ${to})`,
    left.mode === found.mode ? '' : `mode (${octal(left.mode)} -> ${octal(found.mode)})`,
  ];
  return `changed since: ${differences.filter((text) => text !== '').join(', ')}`;
}

/** The records that are asked for, the newest first. */
function chooseEntries(
  root: Root,
  { scope, withAccounts }: RevertRequest,
): readonly JournalEntry[] {
  const { entries, damaged } = readJournal(root);
  // What is left of an apply once its files were taken back.
  const isMeant = ({ changes }: JournalEntry) => withAccounts || !changes.every(isRecordedAccount);
  const newest = entries.toReversed();
  const chosen = scope === 'all' ? newest : newest.filter(isMeant).slice(0, 1);
  requireReadable(damaged, scope === 'all' ? 0 : (chosen[0]?.id ?? 0));
  return chosen;
}

// A file's state before an apply is that after the apply before it: none may be left out.
function requireReadable(damaged: readonly DamagedRecord[], oldest: number): void {
  const obstacle = damaged.find(({ id }) => id > oldest);
  if (obstacle === undefined) return;
  const { code, message, path } = obstacle.error;
  throw new AppError(code, message, {
    cause: obstacle.error,
    ...(path === undefined ? {} : { path }),
    hint: 'nothing was changed; --last takes back what is newer; without this record, move it away by hand',
  });
}

function stayFindings(accounts: readonly RecordedAccount[]): readonly Finding[] {
  if (accounts.length === 0) return [];
  const names = accounts.map(describeAccount).join(', ');
  return [
    {
      code: 'VP_WARN_ACCOUNT_KEPT',
      severity: 'info',
      message: `what apply made of accounts stays: ${names}`,
      hint: '`provision revert --accounts` removes those that nothing belongs to',
    },
  ];
}
