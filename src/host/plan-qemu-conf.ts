import type { Finding } from '../errors.ts';
import { type ConfValue, findEntry, parseQemuConf, type QemuConf } from '../formats/qemu-conf.ts';
import { type ConfSetting, hasSetting } from '../formats/qemu-conf-edit.ts';
import type { Change, HostPlan } from './change.ts';
import { type HostFacts, QEMU_CONF } from './facts.ts';
import type { Intent } from './intent.ts';
import { describeObstacle } from './plan-files.ts';
import { pathInRoot } from './root.ts';

type Settings = Readonly<Record<string, ConfSetting>>;

/** The settings of libvirt's qemu.conf; throws VP_QEMU_CONF_SYNTAX when the file cannot be read. */
export function planQemuConf({ policy, payload }: Intent, facts: HostFacts): HostPlan {
  const settings = policy.qemuConf;
  const findings = [...describeObstacle(facts, facts.qemuConf), ...describeRoot(settings)];
  if (facts.qemuConf.kind !== 'file') {
    const text = payload.files.find(({ role }) => role === 'qemu-conf')?.text;
    return { changes: text === undefined ? [] : [planNewFile(settings, text)], findings };
  }
  const file = pathInRoot({ path: facts.root }, QEMU_CONF);
  const change = planSettings(settings, parseQemuConf(facts.qemuConf.text, file));
  return { changes: [change], findings: [...findings, ...describeRestart(change, facts)] };
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

function plainValue({ type, value }: ConfValue): ConfSetting {
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

function describeRestart(change: Change, { isLive }: HostFacts): readonly Finding[] {
  if (!isLive || change.done) return [];
  return [
    {
      code: 'VP_WARN_QEMU_CONF',
      severity: 'info',
      message: 'libvirt reads qemu.conf only when it starts',
      hint: 'restart virtqemud or libvirtd, whichever runs here; running guests go on',
    },
  ];
}
