import { requireSuperuser } from '../apply/apply.ts';
import { triggerRules } from '../apply/apply-device.ts';
import { reloadUnits } from '../apply/apply-units.ts';
import { hasSystemd } from '../facts/read-environment.ts';
import { GUEST_DROP_IN } from '../guest-unit.ts';
import { removeEntry, writeEntry } from '../journal/journal.ts';
import { isRecordedAccount, type JournalEntry } from '../journal/journal-entry.ts';
import { type Waiting, withRootLock } from '../journal/lock.ts';
import { completeEntry } from '../journal/record-plan.ts';
import { requireWritablePlaces } from '../journal/require-room.ts';
import { settleJournal } from '../journal/settle-journal.ts';
import { APPLIES_DIRECTORY } from '../journal/state-directory.ts';
import { deviceState, undoDevice, undoFile } from '../journal/undo-change.ts';
import type { Root } from '../root.ts';
import {
  type AccountRemoval,
  planAccountRemoval,
  remainingAccounts,
} from './plan-account-removal.ts';
import {
  prepareFiles,
  type RevertPlan,
  type RevertRequest,
  requireUnchanged,
} from './prepare-revert.ts';
import { removeAccounts } from './remove-accounts.ts';
import { isToDo, type RevertChange } from './revert-change.ts';

/**
 * Takes back what is planned, the newest apply first, under the root's lock. Throws before the first
 * change for a file that was changed since (VP_REVERT_REFUSED); a run that was cut off is repeated.
 */
export async function revertLocked(shown: RevertPlan, waiting: Waiting): Promise<RevertPlan> {
  const { root, request } = shown;
  requireSuperuser(root, 'revert');
  return withRootLock(root, waiting, async () => {
    settleJournal(root);
    const plan = prepareFiles(root, request);
    requireUnchanged(plan);
    requireWritablePlaces(root, placesOf(plan));
    for (const entry of plan.entries) await undoEntry(root, entry, request);
    if (isLiveUnit(plan)) await reloadUnits();
    const removal = request.withAccounts ? await removeUnused(plan) : null;
    forgetEntries(plan);
    const changes = [...plan.changes, ...(removal?.changes ?? [])];
    return {
      ...plan,
      changes: changes.map((change): RevertChange => ({ ...change, done: true })),
      findings: [...plan.findings, ...(removal?.findings ?? [])],
    };
  });
}

function isLiveUnit({ root, changes }: RevertPlan): boolean {
  const isUndone = changes.some((change) => change.id === GUEST_DROP_IN && isToDo(change));
  return root.isLive && isUndone && hasSystemd();
}

function placesOf({ changes, request }: RevertPlan): readonly string[] {
  const files = changes.filter((change) => change.kind === 'file' && isToDo(change));
  const databases = request.withAccounts ? ['/etc/passwd', '/etc/group'] : [];
  return [...files.map(({ id }) => id), ...databases, `${APPLIES_DIRECTORY}/new`];
}

async function undoEntry(
  root: Root,
  entry: JournalEntry,
  { isForced }: RevertRequest,
): Promise<void> {
  if (entry.changes.every(isRecordedAccount)) return;
  // From here on its temporary names may be in use.
  writeEntry(root, { ...entry, isComplete: false });
  for (const change of entry.changes.toReversed())
    if (change.kind === 'file') undoFile(root, change, isForced);
  for (const change of entry.changes) {
    if (change.kind !== 'device' || deviceState(root, change) !== 'after') continue;
    // The rule that is gone must be forgotten first.
    await triggerRules();
    undoDevice(root, change);
  }
  keepAccounts(root, entry);
}

// Without its accounts nobody would know later who made them.
function keepAccounts(root: Root, entry: JournalEntry): void {
  const rest = onlyAccounts(entry);
  if (rest.changes.length === 0) removeEntry(root, entry);
  else writeEntry(root, completeEntry(root, rest));
}

function onlyAccounts(entry: JournalEntry): JournalEntry {
  return { ...entry, changes: entry.changes.filter(isRecordedAccount) };
}

// Looked at now that the files are back and the device is: a process may have come, too.
async function removeUnused({ root, entries }: RevertPlan): Promise<AccountRemoval> {
  const removal = planAccountRemoval(root, remainingAccounts(root, entries), []);
  const [entry] = entries.filter(({ changes }) => changes.some(isRecordedAccount));
  if (removal.accounts.length === 0 || entry === undefined) return removal;
  // The temporary names of the account files are on record with it.
  writeEntry(root, { ...onlyAccounts(entry), isComplete: false });
  await removeAccounts(root, removal.accounts, entry.temporaries);
  return removal;
}

function forgetEntries({ root, entries }: RevertPlan): void {
  for (const entry of entries.map(onlyAccounts)) {
    if (entry.changes.length === 0) continue;
    if (remainingAccounts(root, [entry]).length === 0) removeEntry(root, entry);
    else writeEntry(root, completeEntry(root, entry));
  }
}
