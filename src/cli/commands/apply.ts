import { messageLine } from '../../errors.ts';
import type { Step, StepRunner } from '../../host/apply/apply.ts';
import { type ApplyRun, applyLocked } from '../../host/apply/apply-locked.ts';
import { type HostPlan, isPending, type Part, parts } from '../../host/plan/change.ts';
import type { Consent } from '../../host/plan/intent.ts';
import {
  type PreparedPlan,
  preparePlan,
  requireApplicable,
} from '../../host/plan/prepared-plan.ts';
import type { Root } from '../../host/root.ts';
import { type Context, type GlobalOptions, writeFindings, writeJson } from '../context.ts';
import { makeIntent } from '../make-payload.ts';
import { planDiffs, printDiffs } from '../plan-diffs.ts';
import { printCount } from '../print-count.ts';
import { planDocument, printPlan } from '../print-plan.ts';
import { type Inputs, readInputs } from '../read-inputs.ts';
import { waitingFor } from '../waiting.ts';

export interface ApplyOptions extends GlobalOptions {
  readonly dryRun?: true;
  readonly diff?: true;
  readonly detailedExitcode?: true;
  readonly only?: readonly Part[];
  readonly acceptIds?: true;
  readonly forceDevice?: true;
  readonly restart?: true;
  readonly wait?: true;
}

/** Makes a host or an image root as the policy says; `--dry-run` prints the same plan and stops there. */
export async function runApply(context: Context, options: ApplyOptions): Promise<number> {
  const inputs = readInputs(context, options);
  const plan = await preparePlan(
    inputs.root,
    makeIntent(inputs, options.only ?? parts, consentOf(options)),
  );
  requireApplicable(plan);
  const diffs = options.diff ? { diffs: planDiffs(inputs.root, plan) } : {};
  if (!options.json) showPlan(context, inputs.root, plan, options);
  const result = options.dryRun ? plan : await perform(context, inputs, plan, options);
  if (options.json) writeJson(context, { ...planDocument(result, inputs), ...diffs });
  else if (!options.dryRun) sayDone(context, result);
  return options.detailedExitcode && result.changes.some(isPending) ? 3 : 0;
}

function consentOf({ acceptIds, forceDevice, restart }: ApplyOptions): Consent {
  return {
    acceptIds: acceptIds ?? false,
    forceDevice: forceDevice ?? false,
    restart: restart ?? false,
  };
}

function showPlan(context: Context, root: Root, plan: HostPlan, { diff }: ApplyOptions): void {
  writeFindings(context, plan.findings);
  context.writeOut(printPlan(plan.changes, context.hasColour));
  if (diff) context.writeOut(printDiffs(planDiffs(root, plan)));
}

function perform(
  context: Context,
  inputs: Inputs,
  plan: PreparedPlan,
  options: ApplyOptions,
): Promise<HostPlan> {
  const run: ApplyRun = {
    waiting: waitingFor(context, options),
    stamp: { program: inputs.package.version, time: new Date().toISOString() },
    runSteps: stepRunner(context),
    showPlan: (other) => {
      if (!options.json) showPlan(context, inputs.root, other, options);
    },
    say: (findings) => {
      if (!options.json) writeFindings(context, findings);
    },
  };
  return applyLocked(plan, run);
}

function sayDone(context: Context, { changes }: HostPlan): void {
  const count = changes.filter(isPending).length;
  if (count === 0) return;
  const text = `${printCount(count, 'change')} made and read back`;
  context.writeError(messageLine('provision', 'info', text, context.isJournal));
}

function stepRunner(context: Context): StepRunner {
  return async (steps) => {
    const interruptible = steps.map((step) => stopBefore(step, context.signal));
    if (!context.isInteractive) return runPlainly(interruptible);
    const { runWithProgress } = await import('../progress.ts');
    return runWithProgress(interruptible);
  };
}

// A step is never cut in half: an interruption counts before the next one.
function stopBefore({ title, run }: Step, signal: AbortSignal): Step {
  const runUnlessStopped = async () => {
    signal.throwIfAborted();
    await run();
  };
  return { title, run: runUnlessStopped };
}

async function runPlainly(steps: readonly Step[]): Promise<void> {
  for (const step of steps) await step.run();
}
