import { AppError } from '../errors.ts';
import { applyAccounts } from './apply-accounts.ts';
import { applyDevice } from './apply-device.ts';
import { applyConf, applyFile } from './apply-files.ts';
import { type Change, type HostPlan, isAccountChange, isPending } from './change.ts';
import { type PreparedPlan, preparePlan, requireApplicable } from './prepared-plan.ts';
import { requireProof } from './proof.ts';
import { type Root, requireWritable } from './root.ts';

/** One piece of work, with a title for people. */
export interface Step {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** Runs steps in order and stops at the first that throws. */
export type StepRunner = (steps: readonly Step[]) => Promise<void>;

/**
 * Performs the pending changes, then reads the root again and proves that it is as planned.
 * Throws before the first change when something stands in the way, VP_APPLY_UNPROVEN afterwards.
 */
export async function applyPlan(plan: PreparedPlan, runSteps: StepRunner): Promise<HostPlan> {
  requireApplicable(plan);
  if (!plan.changes.some(isPending)) return plan;
  requireWritable(plan.root);
  requireSuperuser(plan.root);
  await runSteps(stepsOf(plan));
  requireProof(plan, await preparePlan(plan.root, plan.intent));
  const changes = plan.changes.map((change): Change => ({ ...change, done: true }));
  return { changes, findings: plan.findings };
}

// Accounts and the payload's files belong to root.
function requireSuperuser(root: Root): void {
  if (process.geteuid?.() === 0) return;
  throw new AppError('VP_MISSING_PRIVILEGE', `cannot apply to ${root.path}: not root`, {
    hint: 'run it as root; --dry-run shows what it would do',
  });
}

function stepsOf(plan: PreparedPlan): readonly Step[] {
  const pending = plan.changes.filter(isPending);
  const accounts = pending.filter(isAccountChange);
  const others = pending.filter((change) => !isAccountChange(change));
  const accountStep: Step = { title: 'accounts', run: () => applyAccounts(plan, accounts) };
  return [
    ...(accounts.length > 0 ? [accountStep] : []),
    ...others.map((change) => stepOf(plan, change)),
  ];
}

function stepOf({ root }: PreparedPlan, change: Change): Step {
  return { title: change.id, run: async () => performChange(root, change) };
}

function performChange(root: Root, change: Change): Promise<void> | undefined {
  if (change.kind === 'file') applyFile(root, change);
  if (change.kind === 'conf') applyConf(root, change);
  return change.kind === 'device' ? applyDevice(root, change) : undefined;
}
