import { AppError, type Finding } from '../../errors.ts';
import { removeFile } from '../journal/file-image.ts';
import { nextId, readJournal, writeEntry } from '../journal/journal.ts';
import { isRecordedFile, type JournalEntry, type RecordedFile } from '../journal/journal-entry.ts';
import { type ApplyStamp, completeEntry, recordPlan } from '../journal/record-plan.ts';
import { requireRoom } from '../journal/require-room.ts';
import { rollBack } from '../journal/roll-back.ts';
import { fileState } from '../journal/undo-change.ts';
import { writeImage } from '../journal/write-image.ts';
import { type Change, type HostPlan, isAccountChange, isPending } from '../plan/change.ts';
import { type PreparedPlan, preparePlan, requireApplicable } from '../plan/prepared-plan.ts';
import { pathInRoot, type Root, requireWritable } from '../root.ts';
import { errorCode, fileError } from '../system-error.ts';
import { applyAccounts } from './apply-accounts.ts';
import { liveSteps } from './live-steps.ts';
import { requireProof } from './proof.ts';

/** One piece of work, with a title for people. */
export interface Step {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** Runs steps in order and stops at the first that throws. */
export type StepRunner = (steps: readonly Step[]) => Promise<void>;

/**
 * Records and performs the pending changes, then reads the root again and proves that it is as
 * planned. Throws before the first change when something stands in the way, VP_APPLY_UNPROVEN
 * afterwards; what a failure left half done is taken back. The caller holds the root's lock.
 */
export async function applyPlan(
  plan: PreparedPlan,
  runSteps: StepRunner,
  stamp: ApplyStamp,
): Promise<HostPlan> {
  const { root } = plan;
  requireApplicable(plan);
  if (!plan.changes.some(isPending)) return plan;
  requireChangeable(plan);
  const entry = recordPlan(plan, nextId(readJournal(root)), stamp);
  writeEntry(root, entry);
  const findings = await perform(plan, entry, runSteps);
  const changes = plan.changes.map((change): Change => ({ ...change, done: true }));
  return { changes, findings: [...plan.findings, ...findings] };
}

/** Throws unless this process may change the root, and the root has room for the changes. */
export function requireChangeable(plan: PreparedPlan): void {
  requireWritable(plan.root);
  requireSuperuser(plan.root, 'apply to');
  requireRoom(plan);
}

/** Accounts, the payload's files and the records belong to root. */
export function requireSuperuser(root: Root, verb: 'apply to' | 'revert'): void {
  if (process.geteuid?.() === 0) return;
  throw new AppError('VP_MISSING_PRIVILEGE', `cannot ${verb} ${root.path}: not root`, {
    hint: 'run it as root; --dry-run shows what it would do',
  });
}

/** Gives back what there is to say of the work. */
async function perform(
  plan: PreparedPlan,
  entry: JournalEntry,
  runSteps: StepRunner,
): Promise<readonly Finding[]> {
  const written = new Set<string>();
  const findings: Finding[] = [];
  try {
    await runSteps([...stepsOf(plan, entry, written), ...liveSteps(plan, findings)]);
    requireProof(plan, await preparePlan(plan.root, plan.intent));
    writeEntry(plan.root, completeEntry(plan.root, entry));
    return findings;
  } catch (cause) {
    const failure = asFailure(plan.root, cause);
    // Half of the work is no failure when somebody stopped it, nor when another program changed the rest.
    if (['VP_INTERRUPTED', 'VP_APPLY_UNPROVEN'].includes(failure.code)) throw failure;
    throw rollBack(plan.root, entry, written, failure);
  }
}

function asFailure(root: Root, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (errorCode(cause) !== '') return fileError('VP_FILE_WRITE', root.path, cause);
  const message = `internal error: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new AppError('VP_INTERNAL', message, { cause });
}

function stepsOf(plan: PreparedPlan, entry: JournalEntry, written: Set<string>): readonly Step[] {
  const { root } = plan;
  const pending = plan.changes.filter(isPending);
  const accounts = pending.filter(isAccountChange);
  const accountStep: Step = { title: 'accounts', run: () => applyAccounts(plan, accounts) };
  return [
    ...(accounts.length > 0 ? [accountStep] : []),
    ...entry.changes.filter(isRecordedFile).map((record): Step => {
      return { title: record.path, run: async () => applyFile(root, record, written) };
    }),
  ];
}

// What was recorded is what is taken back: no other file may have come in between.
function applyFile(root: Root, record: RecordedFile, written: Set<string>): void {
  const { path, after, temporary } = record;
  if (fileState(root, record) !== 'before') throw movedError(root, path);
  written.add(path);
  if (after === null) removeFile(root, path);
  else writeImage(root, path, after, temporary);
}

function movedError(root: Root, path: string): AppError {
  const shown = pathInRoot(root, path);
  const message = `cannot write ${shown}: it was replaced while this program ran`;
  return new AppError('VP_FILE_WRITE', message, { path: shown });
}
