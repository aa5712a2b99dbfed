import type { Finding } from '../../errors.ts';
import { nearNames } from '../../formats/near-names.ts';
import {
  type ConfValue,
  findEntry,
  parseQemuConf,
  type QemuConf,
} from '../../formats/qemu-conf.ts';
import { type ConfSetting, hasSetting } from '../../formats/qemu-conf-edit.ts';
import { parseConfIdentity } from '../../formats/qemu-conf-identity.ts';
import { confKeyNames, findConfKey } from '../../formats/qemu-conf-keys.ts';
import { type HostFacts, QEMU_CONF } from '../facts/facts.ts';
import { requireEncodable } from '../qemu-conf/edit-qemu-conf.ts';
import { pathInRoot } from '../root.ts';
import type { Change, HostPlan } from './change.ts';
import type { Intent } from './intent.ts';
import { describeObstacle } from './plan-files.ts';

type Settings = Readonly<Record<string, ConfSetting>>;

/** The settings of libvirt's qemu.conf; throws VP_QEMU_CONF_SYNTAX when the file cannot be read. */
export function planQemuConf(intent: Intent, facts: HostFacts): HostPlan {
  const { policy, payload } = intent;
  const settings = policy.qemuConf;
  const state = facts.qemuConf;
  // Where this part is asked for, the facts are not read without the file.
  if (state.kind === 'hidden') return { changes: [], findings: [] };
  const findings = [
    ...describeObstacle(facts, state),
    ...describeRoot(settings),
    ...describeUnknown(intent, facts),
  ];
  if (state.kind !== 'file') {
    const text = payload.files.find(({ role }) => role === 'qemu-conf')?.text;
    return { changes: text === undefined ? [] : [planNewFile(settings, text)], findings };
  }
  for (const [key, value] of Object.entries(settings)) requireEncodable(state, key, value);
  const file = pathInRoot({ path: facts.root }, QEMU_CONF);
  const change = planSettings(settings, parseQemuConf(state.text, file));
  return { changes: [change], findings };
}

function planNewFile(settings: Settings, text: string): Change {
  const after = { settings, text };
  return { kind: 'conf', id: QEMU_CONF, action: 'create', before: null, after, done: false };
}

// A change names only what differs: the rest of the file may hold secrets.
function planSettings(settings: Settings, conf: QemuConf): Change {
  const different = Object.entries(settings).filter(
    ([key, value]) => !hasSetting(conf, key, value),
  );
  const isSame = different.length === 0;
  const after = { settings: isSame ? settings : Object.fromEntries(different) };
  const before = {
    settings: isSame ? settings : currentSettings(conf, Object.keys(after.settings)),
  };
  return {
    kind: 'conf',
    id: QEMU_CONF,
    action: isSame ? 'none' : 'update',
    before,
    after,
    done: isSame,
  };
}

function currentSettings(
  conf: QemuConf,
  keys: readonly string[],
): Readonly<Record<string, ConfSetting | null>> {
  const values = keys.map((key) => [key, findEntry(conf, key)?.value] as const);
  return Object.fromEntries(values.map(([key, value]) => [key, value ? plainValue(value) : null]));
}

/** A value of qemu.conf as a policy has it. */
export function plainValue({ type, value }: ConfValue): ConfSetting {
  if (type === 'integer') return Number(value);
  return type === 'string' ? value : value.map((item) => String(plainValue(item)));
}

function describeRoot(settings: Settings): readonly Finding[] {
  const isRoot = /^(root|\+?0+)$/.test(String(settings['user']));
  if (!isRoot) return [];
  return [
    {
      code: 'VP_WARN_ROOT_IDENTITY',
      severity: 'warning',
      message: 'the policy lets QEMU run as root: a guest that breaks out of QEMU owns the host',
      hint: 'leave qemu_conf.user and qemu_conf.group out of the policy to run it unprivileged',
    },
  ];
}

// libvirt does not start with a name that nobody bears, and ignores a key that it does not know.
function describeUnknown(intent: Intent, facts: HostFacts): readonly Finding[] {
  const { policy, parts } = intent;
  const made = parts.includes('accounts') ? policy : null;
  const users = [...facts.users, ...(made ? [made.user] : [])];
  const groups = [...facts.groups, ...(made ? [made.group, made.kvm.group] : [])];
  return [
    ...describeIdentity(policy.qemuConf, 'user', users, facts),
    ...describeIdentity(policy.qemuConf, 'group', groups, facts),
    ...Object.keys(policy.qemuConf).flatMap(describeKey),
  ];
}

function describeIdentity(
  settings: Settings,
  key: 'user' | 'group',
  accounts: readonly { readonly name: string }[],
  { root }: HostFacts,
): readonly Finding[] {
  const identity = parseConfIdentity(String(settings[key]));
  if (identity.kind !== 'name' || accounts.some(({ name }) => name === identity.name)) return [];
  const file = pathInRoot({ path: root }, key === 'user' ? '/etc/passwd' : '/etc/group');
  return [
    {
      code: 'VP_IDENTITY_UNKNOWN',
      severity: 'warning',
      message: `qemu_conf.${key} is '${identity.name}', and ${file} has no such ${key}`,
      hint: 'libvirt does not start unless another name service knows it: correct the policy, or make the account',
    },
  ];
}

function describeKey(key: string): readonly Finding[] {
  if (findConfKey(key) !== undefined) return [];
  const near = nearNames(key, confKeyNames()).map((name) => `'${name}'`);
  return [
    {
      code: 'VP_WARN_QEMU_CONF',
      severity: 'warning',
      message: `libvirt knows no key '${key}' of qemu_conf and ignores it`,
      hint: near.length > 0 ? `did you mean ${near.join(', ')}?` : 'remove it from the policy',
    },
  ];
}

/** libvirt goes on as before until then. */
export const restartFinding: Finding = {
  code: 'VP_WARN_QEMU_CONF',
  severity: 'info',
  message: 'libvirt reads qemu.conf only when it starts',
  hint: 'restart virtqemud or libvirtd, whichever runs here; running guests go on',
};
