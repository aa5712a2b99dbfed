import { type Finding, messageLine } from '../../errors.ts';
import { hasUnsettled } from '../../host/journal/settle-journal.ts';
import {
  prepareRevert,
  type RevertPlan,
  type RevertRequest,
  requireUnchanged,
} from '../../host/revert/prepare-revert.ts';
import { revertLocked } from '../../host/revert/revert.ts';
import { isToDo } from '../../host/revert/revert-change.ts';
import { openRoot } from '../../host/root.ts';
import { type Context, type GlobalOptions, writeFindings, writeJson } from '../context.ts';
import { conflictDiffs, type FileDiff, printDiffs, revertDiffs } from '../plan-diffs.ts';
import { printCount } from '../print-count.ts';
import { printRevert } from '../print-revert.ts';
import { waitingFor } from '../waiting.ts';

export interface RevertOptions extends GlobalOptions {
  readonly last?: true;
  readonly force?: true;
  readonly accounts?: true;
  readonly dryRun?: true;
  readonly diff?: true;
  readonly wait?: true;
}

/** Takes back what apply recorded on a root. 3: accounts that were to go stay, since something belongs to them. */
export async function runRevert(context: Context, options: RevertOptions): Promise<number> {
  const root = openRoot(options.root, context.addonFile);
  const plan = prepareRevert(root, requestOf(options));
  const diffs = options.diff ? revertDiffs(plan) : [];
  if (!options.json) showPlan(context, plan, diffs);
  requireUnchanged(plan);
  const isOver = options.dryRun || (plan.entries.length === 0 && !hasUnsettled(root));
  const result = isOver ? plan : await revertLocked(plan, waitingFor(context, options));
  if (options.json) writeJson(context, documentOf(result, options.diff ? diffs : null));
  else if (!isOver) sayDone(context, plan, result);
  return result.findings.some(isRefusedAccount) ? 3 : 0;
}

function requestOf({ last, force, accounts }: RevertOptions): RevertRequest {
  return {
    scope: last ? 'last' : 'all',
    isForced: force ?? false,
    withAccounts: accounts ?? false,
  };
}

function isRefusedAccount({ code, severity }: Finding): boolean {
  return code === 'VP_WARN_ACCOUNT_KEPT' && severity === 'warning';
}

// What somebody changed is shown even unasked: it would be lost.
function showPlan(context: Context, plan: RevertPlan, diffs: readonly FileDiff[]): void {
  writeFindings(context, plan.findings);
  if (plan.conflicts.length > 0) context.writeOut(printDiffs(conflictDiffs(plan.conflicts)));
  else context.writeOut(printRevert(plan.changes, context.hasColour) + printDiffs(diffs));
}

function documentOf({ root, changes, findings }: RevertPlan, diffs: readonly FileDiff[] | null) {
  const shown = diffs === null ? {} : { diffs };
  return { root: root.path, changed: changes.some(isToDo), changes, findings, ...shown };
}

function sayDone(context: Context, plan: RevertPlan, { changes, findings }: RevertPlan): void {
  const isNew = (finding: Finding) =>
    !plan.findings.some(({ message }) => message === finding.message);
  writeFindings(context, findings.filter(isNew));
  const count = changes.filter(isToDo).length;
  if (count === 0) return;
  const text = `${printCount(count, 'change')} taken back`;
  context.writeError(messageLine('provision', 'info', text, context.isJournal));
}
