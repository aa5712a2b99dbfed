import {
  type GroupShadowEntry,
  parseGroupShadow,
  parseShadow,
  type ShadowEntry,
} from '../../formats/shadow.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Root } from '../root.ts';
import { readText } from '../root-files.ts';

/** What the hidden account files say of the policy's accounts; null where there is no such file, or not for us. */
export interface Shadow {
  readonly users: readonly ShadowEntry[] | null;
  readonly groups: readonly GroupShadowEntry[] | null;
}

/** Reads no password, and only root reads at all. Throws VP_FILE_READ. */
export function readShadow(root: Root, { user, group, kvm }: Policy): Shadow {
  if (process.geteuid?.() !== 0) return { users: null, groups: null };
  const [shadow, gshadow] = ['/etc/shadow', '/etc/gshadow'].map((path) => readText(root, path));
  const names = [group.name, kvm.group.name];
  return {
    users: shadow == null ? null : parseShadow(shadow).filter(({ name }) => name === user.name),
    groups:
      gshadow == null ? null : parseGroupShadow(gshadow).filter(({ name }) => names.includes(name)),
  };
}
