import { messageLine } from '../../errors.ts';
import { applyPlan, type Step, type StepRunner } from '../../host/apply.ts';
import { type HostPlan, isPending, type Part, parts } from '../../host/change.ts';
import { preparePlan, requireApplicable } from '../../host/prepared-plan.ts';
import { type Context, type GlobalOptions, writeFindings, writeJson } from '../context.ts';
import { planDocument, printPlan } from '../print-plan.ts';
import { makeIntent, readInputs } from '../read-inputs.ts';

export interface ApplyOptions extends GlobalOptions {
  readonly dryRun?: true;
  readonly detailedExitcode?: true;
  readonly only?: readonly Part[];
}

/** Makes a host or an image root as the policy says; `--dry-run` prints the same plan and stops there. */
export async function runApply(context: Context, options: ApplyOptions): Promise<number> {
  const inputs = readInputs(context, options);
  const plan = await preparePlan(inputs.root, makeIntent(inputs, options.only ?? parts));
  requireApplicable(plan);
  if (!options.json) showPlan(context, plan);
  const result = options.dryRun ? plan : await applyPlan(plan, stepRunner(context));
  if (options.json) writeJson(context, planDocument(result, inputs));
  else if (!options.dryRun) sayDone(context, result);
  return options.detailedExitcode && result.changes.some(isPending) ? 3 : 0;
}

function showPlan(context: Context, plan: HostPlan): void {
  writeFindings(context, plan.findings);
  context.writeOut(printPlan(plan.changes, context.hasColour));
}

function sayDone(context: Context, { changes }: HostPlan): void {
  const count = changes.filter(isPending).length;
  if (count === 0) return;
  const text = `${count} changes made and read back`;
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
