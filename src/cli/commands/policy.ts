import { type Context, type GlobalOptions, writeJson } from '../context.ts';
import { printPolicy } from '../print-policy.ts';
import { readInputs } from '../read-inputs.ts';

/** The policy in force and where each value came from. */
export async function runPolicy(context: Context, options: GlobalOptions): Promise<number> {
  const { target, effective } = readInputs(context, options);
  const { policy, origins } = effective;
  if (options.json) writeJson(context, { target: target.id, policy, origins });
  else context.writeOut(printPolicy(effective));
  return 0;
}
