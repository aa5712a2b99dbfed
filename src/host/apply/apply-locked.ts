import { isDeepStrictEqual } from 'node:util';
import type { Finding } from '../../errors.ts';
import { readJournal } from '../journal/journal.ts';
import { type Waiting, withRootLock } from '../journal/lock.ts';
import type { ApplyStamp } from '../journal/record-plan.ts';
import { hasUnsettled, settleJournal } from '../journal/settle-journal.ts';
import { type HostPlan, isPending } from '../plan/change.ts';
import { type PreparedPlan, preparePlan, requireApplicable } from '../plan/prepared-plan.ts';
import { applyPlan, requireChangeable, type StepRunner } from './apply.ts';

export interface ApplyRun {
  readonly waiting: Waiting;
  readonly stamp: ApplyStamp;
  readonly runSteps: StepRunner;
  /** Told the plan that is performed, when another run has made it a different one. */
  readonly showPlan: (plan: HostPlan) => void;
  /** Told what there is to say of earlier runs, and of the work. */
  readonly say: (findings: readonly Finding[]) => void;
}

/**
 * Performs a plan while no other run changes the root: what an interrupted run left is put in order
 * first, and the plan is made anew. Throws VP_ROOT_BUSY, and as `applyPlan`.
 */
export async function applyLocked(plan: PreparedPlan, run: ApplyRun): Promise<HostPlan> {
  const { root, intent } = plan;
  if (!plan.changes.some(isPending) && !mayFinish(plan)) return plan;
  requireChangeable(plan);
  return withRootLock(root, run.waiting, async () => {
    const findings = [...settleFindings(plan), ...damageFindings(plan)];
    run.say(findings);
    const now = await preparePlan(root, intent);
    requireApplicable(now);
    if (!isDeepStrictEqual(now.changes, plan.changes)) run.showPlan(now);
    const done = await applyPlan(now, run.runSteps, run.stamp);
    run.say(done.findings.slice(now.findings.length));
    return { ...done, findings: [...done.findings, ...findings] };
  });
}

// Only root may look.
function mayFinish({ root }: PreparedPlan): boolean {
  return process.geteuid?.() === 0 && hasUnsettled(root);
}

function settleFindings({ root }: PreparedPlan): readonly Finding[] {
  return settleJournal(root).map(({ id, time }) => ({
    code: 'VP_WARN_JOURNAL',
    severity: 'info',
    message: `run ${id} of ${time} had not come to its end; what it left is in order now`,
    hint: '',
  }));
}

function damageFindings({ root }: PreparedPlan): readonly Finding[] {
  return readJournal(root).damaged.map(({ error }) => ({
    code: 'VP_WARN_JOURNAL',
    severity: 'warning',
    message: error.message,
    hint: 'revert cannot go further back than this record',
  }));
}
