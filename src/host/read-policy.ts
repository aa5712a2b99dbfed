import { readFileSync, statSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { defaultPolicy, parsePolicy } from '../policy/parse-policy.ts';
import type { EffectivePolicy } from '../policy/policy.ts';
import type { PolicySetting } from '../policy/policy-setting.ts';
import type { Target } from '../targets/target.ts';
import { pathInRoot, type Root } from './root.ts';
import { readFileState, readText } from './root-files.ts';
import { fileError } from './system-error.ts';

const POLICY_FILE = '/etc/virt-privileges/policy.yaml';
const maximumBytes = 256 * 1024;

/** The policy of `file`, else of the root's own policy file, else the target's defaults; `settings` go over it. */
export function readPolicy(
  root: Root,
  target: Target,
  file: string | null,
  settings: readonly PolicySetting[] = [],
): EffectivePolicy {
  if (file !== null) return parsePolicy(readPolicyFile(file), file, target, settings);
  const text = readOwnPolicy(root);
  return text === null
    ? defaultPolicy(target, settings)
    : parsePolicy(text, pathInRoot(root, POLICY_FILE), target, settings);
}

// Defaults are for a root that has no policy, never for one whose policy cannot be reached.
function readOwnPolicy(root: Root): string | null {
  const text = readText(root, POLICY_FILE);
  if (text !== null) return text;
  const state = readFileState(root, POLICY_FILE);
  if (state.kind === 'absent') return null;
  const path = pathInRoot(root, state.kind === 'obstacle' ? state.path : POLICY_FILE);
  const why =
    state.kind === 'obstacle' && state.type === 'link' ? 'a link to nothing' : 'in the way';
  throw new AppError('VP_FILE_READ', `cannot read the policy of ${root.path}: ${path} is ${why}`, {
    path,
    hint: 'put the policy in its place, or remove it to have the defaults of the target',
  });
}

function readPolicyFile(file: string): string {
  try {
    requireReadable(file);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw fileError('VP_FILE_READ', file, cause);
  }
}

// To open a pipe would block where no signal is heard; /dev/zero never ends. A shell's <(…) is meant.
function requireReadable(file: string): void {
  if (file.startsWith('/dev/fd/')) return;
  const facts = statSync(file);
  if (facts.isFile() && facts.size <= maximumBytes) return;
  const why = facts.isFile() ? 'it is larger than 256 KiB' : 'it is no regular file';
  throw new AppError('VP_FILE_READ', `cannot read ${file}: ${why}`, {
    path: file,
    hint: 'name a policy file',
  });
}
