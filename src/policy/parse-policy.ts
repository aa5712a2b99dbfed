import { parseYaml } from '../formats/yaml.ts';
import type { Target } from '../targets/target.ts';
import { assemblePolicy } from './assemble-policy.ts';
import type { EffectivePolicy } from './policy.ts';
import { overlaySettings, type PolicySetting } from './policy-setting.ts';

/**
 * Reads a policy file over the defaults of `target`, with `settings` over both. Throws VP_POLICY_SYNTAX for a text that is no
 * YAML mapping and VP_POLICY_INVALID for a value that cannot be, both with file, line and column.
 */
export function parsePolicy(
  text: string,
  file: string,
  target: Target,
  settings: readonly PolicySetting[] = [],
): EffectivePolicy {
  const origin = { file, syntaxCode: 'VP_POLICY_SYNTAX', valueCode: 'VP_POLICY_INVALID' } as const;
  return assemblePolicy(overlaySettings(parseYaml(text, origin), settings), target);
}

/** The policy of a host without a policy file: the distribution's own values. */
export function defaultPolicy(
  target: Target,
  settings: readonly PolicySetting[] = [],
): EffectivePolicy {
  return assemblePolicy(overlaySettings(null, settings), target);
}
