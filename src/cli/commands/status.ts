import { isPending, parts } from '../../host/change.ts';
import { preparePlan } from '../../host/prepared-plan.ts';
import { type Context, type GlobalOptions, writeFindings, writeJson } from '../context.ts';
import { makeIntent } from '../make-payload.ts';
import { planDocument, printPlan } from '../print-plan.ts';
import { readInputs } from '../read-inputs.ts';

/** The dry run as a question: 0 when the root is as the policy says, 3 when it is not. */
export async function runStatus(context: Context, options: GlobalOptions): Promise<number> {
  const inputs = readInputs(context, options);
  const plan = await preparePlan(inputs.root, makeIntent(inputs, parts));
  if (options.json) writeJson(context, planDocument(plan, inputs));
  else {
    writeFindings(context, plan.findings);
    context.writeOut(printPlan(plan.changes, context.hasColour));
  }
  const isBlocked = plan.findings.some(({ severity }) => severity === 'error');
  return isBlocked || plan.changes.some(isPending) ? 3 : 0;
}
