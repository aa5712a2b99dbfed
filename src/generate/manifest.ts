import { createHash } from 'node:crypto';
import type { Policy } from '../policy/policy.ts';
import type { Layout, PayloadFile } from './payload.ts';

interface ManifestInput {
  readonly policy: Policy;
  readonly target: string;
  readonly layout: Layout;
  readonly version: string;
}

/** manifest.json: every other file with its hash, and what it was made from. */
export function renderManifest(
  files: readonly PayloadFile[],
  { policy, target, layout, version }: ManifestInput,
): PayloadFile {
  const document = {
    version: 1,
    generator: { name: 'provision generate', version },
    target,
    layout,
    policy: { sha256: sha256(canonicalText(policy)) },
    files: files.map(describeFile),
  };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  return { name: 'manifest.json', role: 'manifest', mode: '0644', text, destination: null };
}

// Equal policies have equal hashes, however their objects were put together.
function canonicalText({ user, group, kvm, qemuConf }: Policy): string {
  return JSON.stringify([
    [user.name, user.uid, user.comment],
    [group.name, group.gid],
    [kvm.group.name, kvm.group.gid, kvm.mode, kvm.access],
    Object.entries(qemuConf),
  ]);
}

function describeFile({ name, role, mode, destination, text }: PayloadFile) {
  return { name, role, mode, destination, sha256: sha256(text) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
