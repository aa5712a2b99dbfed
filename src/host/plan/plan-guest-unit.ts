import { findEntry, parseQemuConf, type QemuConf } from '../../formats/qemu-conf.ts';
import type { ConfSetting } from '../../formats/qemu-conf-edit.ts';
import { parseConfIdentity } from '../../formats/qemu-conf-identity.ts';
import { type HostFacts, QEMU_CONF } from '../facts/facts.ts';
import { GUEST_DROP_IN } from '../guest-unit.ts';
import { pathInRoot } from '../root.ts';
import type { FileContent } from '../root-files.ts';
import type { Change, HostPlan } from './change.ts';
import type { Intent } from './intent.ts';
import { describeObstacle, octal, planFile } from './plan-files.ts';
import { plainValue } from './plan-qemu-conf.ts';

const header =
  '# made by provision apply from qemu.conf; `provision apply --only service` writes it again\n';

/**
 * The drop-in that gives guests as services the identity and the limits of qemu.conf, as it will be when all that is
 * asked for is done. It goes when qemu.conf says nothing of these or there is no such unit.
 */
export function planGuestUnit(intent: Intent, facts: HostFacts): HostPlan {
  const state = facts.files[GUEST_DROP_IN] ?? { kind: 'absent' };
  const text = facts.hasGuestUnit ? describeUnit(intent, facts) : '';
  if (text !== '') {
    const file = {
      destination: GUEST_DROP_IN,
      text: `${header}[Service]\n${text}`,
      mode: '0644',
    } as const;
    return { changes: [planFile(file, state)], findings: describeObstacle(facts, state) };
  }
  const isOwn = state.kind === 'file' && state.text.startsWith(header);
  return { changes: isOwn ? [planRemoval(state)] : [], findings: [] };
}

function planRemoval({ text, uid, gid, mode }: FileContent): Change {
  const before = { text, uid, gid, mode: octal(mode) };
  return { kind: 'file', id: GUEST_DROP_IN, action: 'remove', before, after: null, done: false };
}

function describeUnit(intent: Intent, facts: HostFacts): string {
  const settings = readSettings(intent, facts);
  const lines = [
    ...describeIdentity('User', settings('user')),
    ...describeIdentity('Group', settings('group')),
    // As the launcher counts: libvirt takes one descriptor more, and 0 leaves a limit as it is.
    ...describeCount('LimitNOFILE', settings('max_files'), 1),
    ...describeCount('LimitNPROC', settings('max_processes'), 0),
    ...describeCore(settings('max_core')),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

type Settings = (key: string) => ConfSetting | undefined;

/** What the policy is about to set counts before what the file says. */
function readSettings({ policy, parts }: Intent, { qemuConf, root }: HostFacts): Settings {
  const text = qemuConf.kind === 'file' ? qemuConf.text : '';
  const conf: QemuConf = parseQemuConf(text, pathInRoot({ path: root }, QEMU_CONF));
  const coming = parts.includes('qemu-conf') ? policy.qemuConf : {};
  return (key) => {
    const value = findEntry(conf, key)?.value;
    return coming[key] ?? (value === undefined ? undefined : plainValue(value));
  };
}

// What is no identity the launcher refuses, with the place in qemu.conf.
function describeIdentity(name: 'User' | 'Group', value: ConfSetting | undefined): string[] {
  if (typeof value !== 'string') return [];
  const identity = parseConfIdentity(value);
  if (identity.kind === 'name') return [`${name}=${identity.name}`];
  return identity.kind === 'number' ? [`${name}=${identity.id}`] : [];
}

function describeCount(name: string, value: ConfSetting | undefined, more: number): string[] {
  return typeof value === 'number' && value > 0 ? [`${name}=${value + more}`] : [];
}

function describeCore(value: ConfSetting | undefined): string[] {
  if (value === 'unlimited') return ['LimitCORE=infinity'];
  return typeof value === 'number' ? [`LimitCORE=${value}`] : [];
}
