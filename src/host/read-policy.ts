import { readFileSync } from 'node:fs';
import { defaultPolicy, parsePolicy } from '../policy/parse-policy.ts';
import type { EffectivePolicy } from '../policy/policy.ts';
import type { Target } from '../targets/target.ts';
import { pathInRoot, type Root } from './root.ts';
import { readText } from './root-files.ts';
import { fileError } from './system-error.ts';

const POLICY_FILE = '/etc/virt-privileges/policy.yaml';

/** The policy of `file`, else of the root's own policy file, else the target's defaults. */
export function readPolicy(root: Root, target: Target, file: string | null): EffectivePolicy {
  if (file !== null) return parsePolicy(readPolicyFile(file), file, target);
  const text = readText(root, POLICY_FILE);
  return text === null
    ? defaultPolicy(target)
    : parsePolicy(text, pathInRoot(root, POLICY_FILE), target);
}

function readPolicyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw fileError('VP_FILE_READ', file, cause);
  }
}
