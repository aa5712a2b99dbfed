import { isPending, type Part, parts } from '../../host/plan/change.ts';
import { preparePlan } from '../../host/plan/prepared-plan.ts';
import { type Context, type GlobalOptions, writeFindings, writeJson } from '../context.ts';
import { factsDocument } from '../facts-document.ts';
import { makeIntent } from '../make-payload.ts';
import { printFacts } from '../print-facts.ts';
import { planDocument, printPlan } from '../print-plan.ts';
import { readInputs } from '../read-inputs.ts';

export interface StatusOptions extends GlobalOptions {
  readonly verbose?: true;
  readonly only?: readonly Part[];
}

/** The dry run as a question: 0 when the root is as the policy says, 3 when it is not. */
export async function runStatus(context: Context, options: StatusOptions): Promise<number> {
  const inputs = readInputs(context, options);
  const plan = await preparePlan(inputs.root, makeIntent(inputs, options.only ?? parts));
  const facts = options.verbose ? factsDocument(plan) : null;
  if (options.json)
    writeJson(context, { ...planDocument(plan, inputs), ...(facts === null ? {} : { facts }) });
  else {
    writeFindings(context, plan.findings);
    if (facts !== null) context.writeOut(`${printFacts(facts)}\n`);
    context.writeOut(printPlan(plan.changes, context.hasColour));
  }
  const isBlocked = plan.findings.some(({ severity }) => severity === 'error');
  return isBlocked || plan.changes.some(isPending) ? 3 : 0;
}
