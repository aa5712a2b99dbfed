import type { Target } from '../../targets/target.ts';
import { type Context, type GlobalOptions, writeJson } from '../context.ts';
import { printTargets } from '../print-targets.ts';
import { readTargets } from '../read-inputs.ts';

/** The table of known targets; as a document with every fact and where it comes from. */
export async function runTargets(context: Context, options: GlobalOptions): Promise<number> {
  const targets = readTargets(context);
  if (options.json) writeJson(context, { targets: targets.map(publicFields) });
  else context.writeOut(printTargets(targets));
  return 0;
}

// The evidence is longer than the facts: it stands behind them.
function publicFields({ sources, ...facts }: Target): object {
  return { ...facts, sources };
}
