import { generatePayload } from '../generate/generate.ts';
import type { GenerateOptions } from '../generate/options.ts';
import type { Payload } from '../generate/payload.ts';
import { generateUnion } from '../generate/union.ts';
import { findPackage, readTemplates } from '../host/package-files.ts';
import type { Part } from '../host/plan/change.ts';
import { type Consent, type Intent, noConsent } from '../host/plan/intent.ts';
import { readPolicy } from '../host/read-policy.ts';
import { openRoot } from '../host/root.ts';
import type { Context, GlobalOptions } from './context.ts';
import { type Inputs, readTargets } from './read-inputs.ts';

type PayloadOptions = Omit<GenerateOptions, 'version'>;

/** Everything for the one target that the options name. */
export function makePayload({ package: own, target, effective }: Inputs, options: PayloadOptions) {
  const choice = { target, policy: effective.policy };
  return generatePayload(choice, readTemplates(own), { ...options, version: own.version });
}

/** One set for every target that rpm builds for. */
export function makeUnion(
  context: Context,
  global: GlobalOptions,
  options: PayloadOptions,
): Payload {
  const own = findPackage(context.programFile);
  const root = openRoot(global.root, context.addonFile);
  const targets = readTargets(context).filter(({ rpmMacro }) => rpmMacro !== null);
  const choices = targets.map((target) => {
    return { target, policy: readPolicy(root, target, global.policy ?? null).policy };
  });
  return generateUnion(choices, readTemplates(own), { ...options, version: own.version });
}

/** What `apply` and `status` want of a host: /etc is the administrator's, /usr belongs to packages. */
export function makeIntent(
  inputs: Inputs,
  parts: readonly Part[],
  consent: Consent = noConsent,
): Intent {
  const { policy } = inputs.effective;
  const payload = makePayload(inputs, { layout: 'etc', delivery: 'include' });
  return { policy, target: inputs.target, payload, parts, consent };
}
