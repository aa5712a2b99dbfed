import { createHash } from 'node:crypto';
import type { Choice, GenerateOptions } from './options.ts';
import type { PayloadFile } from './payload.ts';

interface ManifestInput extends GenerateOptions {
  readonly target: string;
  readonly choices: readonly Choice[];
}

/** manifest.json: every other file with its hash, and what it was made from. */
export function renderManifest(
  files: readonly PayloadFile[],
  { target, choices, layout, delivery, version }: ManifestInput,
): PayloadFile {
  const document = {
    version: 1,
    generator: { name: 'provision generate', version },
    target,
    ...(choices.length > 1 ? { targets: choices.map((choice) => choice.target.id) } : {}),
    layout,
    delivery,
    policy: { sha256: sha256(choices.map(canonicalText).join('\n')) },
    files: files.map(describeFile),
  };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  return { name: 'manifest.json', role: 'manifest', mode: '0644', text, destination: null };
}

// Equal policies have equal hashes, however their objects were put together.
function canonicalText({ policy: { user, group, kvm, qemuConf } }: Choice): string {
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
