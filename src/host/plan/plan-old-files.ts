import type { Finding } from '../../errors.ts';
import type { HostFacts } from '../facts/facts.ts';
import type { OldFile } from '../facts/find-old-files.ts';
import { pathInRoot } from '../root.ts';
import type { FileRemoval, HostPlan } from './change.ts';
import type { Intent } from './intent.ts';
import { octal } from './plan-files.ts';

/** Files that an earlier policy or target had: ours go, others are named. */
export function planOldFiles({ parts }: Intent, facts: HostFacts): HostPlan {
  const old = facts.oldFiles.filter(({ part }) => parts.includes(part));
  return {
    changes: old.filter(({ isOwn }) => isOwn).map(planRemoval),
    findings: old.filter(({ isOwn }) => !isOwn).map((file) => describeForeign(file, facts)),
  };
}

function planRemoval({ path, content }: OldFile): FileRemoval {
  const { text, uid, gid, mode } = content;
  const before = { text, uid, gid, mode: octal(mode) };
  return { kind: 'file', id: path, action: 'remove', before, after: null, done: false };
}

function describeForeign({ path }: OldFile, { root }: HostFacts): Finding {
  const shown = pathInRoot({ path: root }, path);
  return {
    code: 'VP_WARN_OLD_FILE',
    severity: 'warning',
    path: shown,
    message: `${shown} is not part of this policy, and nothing shows that this program made it: it stays`,
    hint: 'remove it by hand when nobody needs it',
  };
}
