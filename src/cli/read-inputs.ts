import type { Finding } from '../errors.ts';
import { chooseTarget } from '../host/choose-target.ts';
import { findPackage, type PackageFiles, readTargetTable } from '../host/package-files.ts';
import { readPolicy } from '../host/read-policy.ts';
import { openRoot, type Root } from '../host/root.ts';
import type { EffectivePolicy } from '../policy/policy.ts';
import type { Target } from '../targets/target.ts';
import { type Context, type GlobalOptions, writeFindings } from './context.ts';

/** What the global options mean: every command but `targets` starts from these. */
export interface Inputs {
  readonly package: PackageFiles;
  readonly root: Root;
  readonly target: Target;
  /** What is to be said of the target; on stderr it has been said. */
  readonly findings: readonly Finding[];
  readonly effective: EffectivePolicy;
}

export function readInputs(context: Context, options: GlobalOptions): Inputs {
  const root = openRoot(options.root, context.addonFile);
  const chosen = chooseTarget(readTargets(context), options.target ?? null, root);
  writeFindings(context, chosen.findings);
  const effective = readPolicy(root, chosen.target, options.policy ?? null, options.set);
  return { package: findPackage(context.programFile), root, ...chosen, effective };
}

export function readTargets({ programFile }: Context): readonly Target[] {
  return readTargetTable(findPackage(programFile));
}
