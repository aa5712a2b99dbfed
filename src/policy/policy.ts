import { parseYaml } from '../formats/yaml.ts';
import type { Target } from '../targets/target.ts';
import { assemblePolicy } from './assemble-policy.ts';

/** What the administrator wants of a host. Every value has been checked. */
export interface Policy {
  /** The account that QEMU runs as; a null id means whichever is free. */
  readonly user: { readonly name: string; readonly uid: number | null; readonly comment: string };
  readonly group: { readonly name: string; readonly gid: number | null };
  /** Who may open /dev/kvm. */
  readonly kvm: {
    readonly group: { readonly name: string; readonly gid: number | null };
    readonly mode: '0666' | '0660';
    readonly access: 'world' | 'group' | 'uaccess';
  };
  /** Keys of qemu.conf in order: user, group and dynamic_ownership first. */
  readonly qemuConf: Readonly<Record<string, string | number | readonly string[]>>;
}

export interface EffectivePolicy {
  readonly policy: Policy;
  /** `user.name` → `target debian-12`, or `FILE:LINE`. */
  readonly origins: Readonly<Record<string, string>>;
}

/**
 * Reads a policy file over the defaults of `target`. Throws VP_POLICY_SYNTAX for a text that is no
 * YAML mapping and VP_POLICY_INVALID for a value that cannot be, both with file, line and column.
 */
export function parsePolicy(text: string, file: string, target: Target): EffectivePolicy {
  const origin = { file, syntaxCode: 'VP_POLICY_SYNTAX', valueCode: 'VP_POLICY_INVALID' } as const;
  return assemblePolicy(parseYaml(text, origin), target);
}

/** The policy of a host without a policy file: the distribution's own values. */
export function defaultPolicy(target: Target): EffectivePolicy {
  return assemblePolicy(null, target);
}
