import { findGroup, nameOfGroup } from '../formats/group.ts';
import { findUser } from '../formats/passwd.ts';
import { findEntry, parseQemuConf } from '../formats/qemu-conf.ts';
import { findKvmAssignments, findWinner, properties } from '../generate/lint/kvm-rules.ts';
import { findKvmLines } from '../generate/lint/kvm-tmpfiles.ts';
import { type HostFacts, QEMU_CONF } from '../host/facts/facts.ts';
import { octal } from '../host/plan/plan-files.ts';
import { isOlder } from '../host/plan/plan-service.ts';
import type { PreparedPlan } from '../host/plan/prepared-plan.ts';
import { printGrants } from '../policy/device-access.ts';
import { plainValue } from './print-qemu-conf.ts';

/** What `status -v` shows, as scripts read it. */
export type FactsDocument = ReturnType<typeof factsDocument>;

/** The facts that a plan was made from; null is what is not there or cannot be told. */
export function factsDocument({ facts, intent }: Pick<PreparedPlan, 'facts' | 'intent'>) {
  const { live } = facts;
  return {
    release: facts.release,
    readOnlyUsr: facts.isUsrReadOnly,
    accountTool: facts.accountTool,
    accounts: accountsOf(facts, intent.policy),
    rules: rulesOf(facts),
    tmpfiles: tmpfilesOf(facts),
    qemuConf: confOf(facts),
    live: live === null ? null : liveOf(facts, live),
  };
}

function accountsOf(facts: HostFacts, { user, group, kvm }: PreparedPlan['intent']['policy']) {
  const found = findUser(facts.users, user.name);
  const groups = [kvm.group.name, group.name].map((name) => {
    const entry = findGroup(facts.groups, name);
    return {
      kind: 'group',
      name,
      id: entry?.gid ?? null,
      ...placeOf(name, entry, facts.elsewhere.groups),
    };
  });
  return [
    ...groups.filter(({ name }, index) => index === 0 || name !== kvm.group.name),
    {
      kind: 'user',
      name: user.name,
      id: found?.uid ?? null,
      ...placeOf(user.name, found, facts.elsewhere.users),
    },
  ];
}

function placeOf(
  name: string,
  entry: object | undefined,
  places: Readonly<Record<string, string>>,
) {
  return { place: entry === undefined ? null : (places[name] ?? '/etc') };
}

function rulesOf({ merged }: HostFacts) {
  const assignments = findKvmAssignments(merged.filter(({ kind }) => kind === 'udev-rules'));
  const winners = properties.map((property) => findWinner(assignments, property));
  return assignments.map((assignment) => {
    const { file, line, property, value, isCertain } = assignment;
    const wins = winners.includes(assignment);
    return { file: file.path, line, property, value, certain: isCertain, wins };
  });
}

function tmpfilesOf({ merged }: HostFacts) {
  const lines = findKvmLines(merged.filter(({ kind }) => kind === 'tmpfiles'));
  return lines.map(({ file, line }) => {
    const wins = line === lines.at(-1)?.line;
    return { file: file.path, line: line.line, mode: line.mode, group: line.group, wins };
  });
}

const shownKeys = ['user', 'group', 'dynamic_ownership'] as const;

// Only what decides who QEMU runs as: the rest may hold secrets.
function confOf({ qemuConf, root }: HostFacts) {
  if (qemuConf.kind !== 'file') return { path: QEMU_CONF, state: qemuConf.kind, settings: null };
  const conf = parseQemuConf(qemuConf.text, root);
  const settings = shownKeys.map((key) => {
    const entry = findEntry(conf, key);
    return [key, entry === undefined ? null : plainValue(entry.value)] as const;
  });
  return { path: QEMU_CONF, state: qemuConf.kind, settings: Object.fromEntries(settings) };
}

function liveOf({ groups, qemuConfTime }: HostFacts, live: NonNullable<HostFacts['live']>) {
  const { environment, device } = live;
  return {
    systemd: environment.hasSystemd,
    container: environment.container,
    chroot: environment.isChroot,
    wsl: environment.isWsl,
    selinux: environment.selinux,
    apparmor: environment.hasAppArmor,
    udevd: live.udev,
    kvm: { module: live.kvm.module, cpu: live.kvm.cpu, guest: live.kvm.isGuest },
    device:
      device === null
        ? null
        : {
            type: device.isCharacterDevice ? 'character' : 'other',
            uid: device.uid,
            gid: device.gid,
            group: nameOfGroup(groups, device.gid),
            mode: octal(device.mode),
            acl: printGrants(device.acl),
          },
    libvirt:
      live.libvirt?.map((daemon) => {
        const { name, pid, unit, started } = daemon;
        const since = new Date(started * 1000).toISOString();
        return { name, pid, unit, started: since, stale: isOlder(daemon, qemuConfTime) };
      }) ?? null,
  };
}
