import { withoutControls } from '../errors.ts';
import type { FactsDocument } from './facts-document.ts';

type Row = readonly [label: string, text: string];
type Live = NonNullable<FactsDocument['live']>;

/** The facts for people: a name and what was found, in two columns. */
export function printFacts(facts: FactsDocument): string {
  const rows = [
    ...describeSystem(facts),
    ...facts.accounts.map(describeAccount),
    ...facts.rules.map(describeRule),
    ...facts.tmpfiles.map(describeLine),
    ...describeConf(facts.qemuConf),
    ...(facts.live === null ? [] : describeLive(facts.live)),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows
    .map(([label, text], index) => {
      const shown = rows[index - 1]?.[0] === label ? '' : label;
      return `${`${shown.padEnd(width)}  ${withoutControls(text)}`.trimEnd()}\n`;
    })
    .join('');
}

function describeSystem({
  release,
  live,
  readOnlyUsr,
  accountTool,
}: FactsDocument): readonly Row[] {
  const usr = readOnlyUsr === null ? '' : readOnlyUsr ? ', /usr is read-only' : '';
  return [
    ['release', `${release ?? 'unknown'}${usr}`],
    ['system', live === null ? 'an image' : describePlace(live)],
    ['accounts by', accountTool ?? 'nothing: no tool is there'],
  ];
}

function describePlace({ systemd, container, chroot, wsl, selinux, apparmor }: Live): string {
  const place = container === null ? 'no container' : `a container (${container})`;
  const chroots = {
    true: 'a chroot',
    false: 'no chroot',
    null: 'perhaps a chroot: /proc does not tell',
  };
  return [
    systemd ? 'running systemd' : 'running without systemd',
    place,
    chroots[`${chroot}`],
    ...(wsl ? ['WSL'] : []),
    `SELinux ${selinux}`,
    `AppArmor ${apparmor ? 'on' : 'off'}`,
  ].join(', ');
}

function describeAccount({ kind, name, id, place }: FactsDocument['accounts'][number]): Row {
  const text =
    place === null ? 'missing' : `${kind === 'user' ? 'uid' : 'gid'} ${id}, from ${place}`;
  return [`${kind} ${name}`, text];
}

function describeRule(rule: FactsDocument['rules'][number]): Row {
  const { file, line, property, value, certain, wins } = rule;
  const text = `${property} ${value}${certain ? '' : ' under conditions'} (${file}:${line})`;
  return ['udev rules', `${text}${wins ? ', which counts' : ''}`];
}

function describeLine(entry: FactsDocument['tmpfiles'][number]): Row {
  const { file, line, mode, group, wins } = entry;
  const text = `mode ${mode ?? 'kept'}, group ${group ?? 'kept'} (${file}:${line})`;
  return ['tmpfiles.d', `${text}${wins ? ', which counts' : ''}`];
}

function describeConf({ path, state, settings }: FactsDocument['qemuConf']): readonly Row[] {
  if (settings === null) return [['qemu.conf', `${path} is ${state}`]];
  const texts = Object.entries(settings).map(([key, value]) => {
    return value === null ? `${key} is not set` : `${key} = ${JSON.stringify(value)}`;
  });
  return [['qemu.conf', texts.join(', ')]];
}

function describeLive({ kvm, udevd, device, libvirt }: Live): readonly Row[] {
  const module = kvm.module ?? 'no module';
  return [
    [
      'KVM',
      `${module}, processor: ${kvm.cpu ?? 'neither vmx nor svm'}${kvm.guest ? ', a guest itself' : ''}`,
    ],
    ['udevd', udevd],
    ['/dev/kvm', device === null ? 'missing' : describeNode(device)],
    ...describeLibvirt(libvirt),
  ];
}

function describeNode({ type, uid, group, mode, acl }: NonNullable<Live['device']>): string {
  return [`${uid}:${group} ${mode}`, ...acl, ...(type === 'other' ? ['no device'] : [])].join(' ');
}

function describeLibvirt(daemons: Live['libvirt']): readonly Row[] {
  if (daemons === null) return [['libvirt', 'unknown: /proc shows no processes']];
  if (daemons.length === 0) return [['libvirt', 'no daemon runs']];
  return daemons.map(({ name, pid, unit, started, stale }) => {
    const text = `${name}, process ${pid} of ${unit ?? 'no service'}, since ${started}`;
    return ['libvirt', `${text}${stale ? ', before qemu.conf was written' : ''}`];
  });
}
