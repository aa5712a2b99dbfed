import { generatePayload } from '../generate/generate.ts';
import type { Layout, Payload } from '../generate/payload.ts';
import type { Part } from '../host/change.ts';
import { chooseTarget } from '../host/choose-target.ts';
import type { Intent } from '../host/intent.ts';
import {
  findPackage,
  type PackageFiles,
  readTargetsFile,
  readTemplates,
} from '../host/package-files.ts';
import { readPolicy } from '../host/read-policy.ts';
import { openRoot, type Root } from '../host/root.ts';
import type { EffectivePolicy } from '../policy/policy.ts';
import type { Target } from '../targets/target.ts';
import { parseTargets } from '../targets/targets.ts';
import type { Context, GlobalOptions } from './context.ts';

/** What the global options mean: every command but `targets` starts from these. */
export interface Inputs {
  readonly package: PackageFiles;
  readonly root: Root;
  readonly target: Target;
  readonly effective: EffectivePolicy;
}

export function readInputs(context: Context, options: GlobalOptions): Inputs {
  const root = openRoot(options.root, context.addonFile);
  const target = chooseTarget(readTargets(context), options.target ?? null, root);
  const effective = readPolicy(root, target, options.policy ?? null);
  return { package: findPackage(context.programFile), root, target, effective };
}

export function readTargets({ programFile }: Context): readonly Target[] {
  const { text, file } = readTargetsFile(findPackage(programFile));
  return parseTargets(text, file);
}

export function makePayload(inputs: Inputs, layout: Layout): Payload {
  const { version } = inputs.package;
  const templates = readTemplates(inputs.package);
  return generatePayload(inputs.effective.policy, inputs.target, templates, { layout, version });
}

/** What `apply` and `status` want of a host: /etc is the administrator's, /usr belongs to packages. */
export function makeIntent(inputs: Inputs, parts: readonly Part[]): Intent {
  const { policy } = inputs.effective;
  return { policy, target: inputs.target, payload: makePayload(inputs, 'etc'), parts };
}
