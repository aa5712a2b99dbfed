import type { Finding } from '../errors.ts';
import { findGroup, findGroupById, type GroupEntry } from '../formats/group.ts';
import { findUser, findUserById } from '../formats/passwd.ts';
import type { Policy } from '../policy/policy.ts';
import { type Change, type ChangeOf, type HostPlan, isPending, type UserValue } from './change.ts';
import type { HostFacts } from './facts.ts';

interface WantedGroup {
  readonly name: string;
  readonly gid: number | null;
  /** Where the policy says it. */
  readonly key: string;
}

/** Groups, the user and its membership. Existing accounts are taken as they are, never renumbered. */
export function planAccounts(policy: Policy, facts: HostFacts): HostPlan {
  const groups = wantedGroups(policy);
  const changes: readonly Change[] = [
    ...groups.map((group) => planGroup(group, facts)),
    planUser(policy, facts),
    ...planMembership(policy, facts),
  ];
  const findings = [
    ...groups.flatMap((group) => describeGroup(group, groups, facts)),
    ...describeUser(policy, facts),
    ...(changes.some(isPending) ? describeTools(facts) : []),
  ];
  return { changes, findings };
}

// Where both names are one group, the policy of the user's own group counts.
function wantedGroups({ group, kvm }: Policy): readonly WantedGroup[] {
  const own = { ...group, key: 'group.gid' };
  return kvm.group.name === group.name ? [own] : [{ ...kvm.group, key: 'kvm.group.gid' }, own];
}

function planGroup({ name, gid }: WantedGroup, facts: HostFacts): Change {
  const found = findGroup(facts.groups, name);
  if (found === undefined)
    return { kind: 'group', id: name, action: 'create', before: null, after: { gid }, done: false };
  const now = { gid: found.gid };
  return { kind: 'group', id: name, action: 'none', before: now, after: now, done: true };
}

function planUser({ user, group }: Policy, facts: HostFacts): ChangeOf<'user', UserValue> {
  const found = findUser(facts.users, user.name);
  const base = { kind: 'user', id: user.name } as const;
  if (found === undefined) {
    const after = { uid: user.uid, group: group.name };
    return { ...base, action: 'create', before: null, after, done: false };
  }
  const now = { uid: found.uid, group: nameOfGroup(facts.groups, found.gid) };
  return { ...base, action: 'none', before: now, after: now, done: true };
}

function planMembership({ user, group, kvm }: Policy, facts: HostFacts): readonly Change[] {
  if (group.name === kvm.group.name) return [];
  const after = { user: user.name, group: kvm.group.name };
  const isDone = isMember(facts, after.user, after.group);
  const action = isDone ? 'none' : 'create';
  const before = isDone ? after : null;
  const id = `${after.user}/${after.group}`;
  return [{ kind: 'membership', id, action, before, after, done: isDone }];
}

function isMember(facts: HostFacts, userName: string, groupName: string): boolean {
  const group = findGroup(facts.groups, groupName);
  const user = findUser(facts.users, userName);
  if (group === undefined || user === undefined) return false;
  return user.gid === group.gid || group.members.includes(userName);
}

function describeGroup(
  { name, gid, key }: WantedGroup,
  groups: readonly WantedGroup[],
  facts: HostFacts,
): readonly Finding[] {
  const found = findGroup(facts.groups, name);
  if (gid === null || found?.gid === gid) return [];
  if (found !== undefined) return [keptFinding('group', name, key, found.gid, gid)];
  const rival = groups.find((other) => other.name !== name && other.gid === gid);
  const holder = findGroupById(facts.groups, gid) ?? rival;
  return holder === undefined ? [] : [takenFinding('group', name, key, gid, holder.name)];
}

function describeUser({ user, group }: Policy, facts: HostFacts): readonly Finding[] {
  const found = findUser(facts.users, user.name);
  if (found === undefined) {
    const holder = user.uid === null ? undefined : findUserById(facts.users, user.uid);
    if (holder === undefined || user.uid === null) return [];
    return [takenFinding('user', user.name, 'user.uid', user.uid, holder.name)];
  }
  const isOther = user.uid !== null && found.uid !== user.uid;
  return [
    ...(isOther ? [keptFinding('user', user.name, 'user.uid', found.uid, user.uid)] : []),
    ...describePrimaryGroup(user.name, nameOfGroup(facts.groups, found.gid), group.name),
  ];
}

function describePrimaryGroup(user: string, found: string, wanted: string): readonly Finding[] {
  if (found === wanted) return [];
  return [
    {
      code: 'VP_WARN_IDS',
      severity: 'warning',
      message: `user ${user} has the primary group ${found}, the policy says ${wanted}: it is kept`,
      hint: `change it by hand if QEMU is started without an explicit group: usermod -g ${wanted} ${user}`,
    },
  ];
}

const idKinds = { user: 'uid', group: 'gid' } as const;

function keptFinding(
  kind: 'user' | 'group',
  name: string,
  key: string,
  found: number,
  wanted: number,
): Finding {
  const idKind = idKinds[kind];
  return {
    code: 'VP_WARN_IDS',
    severity: 'warning',
    message: `${kind} ${name} has ${idKind} ${found}, the policy says ${wanted}: it is kept`,
    hint: `write ${key}: ${found} into the policy, or renumber the account and its files by hand`,
  };
}

function takenFinding(
  kind: 'user' | 'group',
  name: string,
  key: string,
  id: number,
  holder: string,
): Finding {
  const idKind = idKinds[kind];
  return {
    code: 'VP_ID_TAKEN',
    severity: 'error',
    message: `${idKind} ${id} for ${kind} ${name} belongs to ${kind} ${holder}`,
    hint: `choose another ${key} in the policy`,
  };
}

function describeTools({ accountTool, accountLinks, root }: HostFacts): readonly Finding[] {
  const missing: Finding = {
    code: 'VP_MISSING_TOOL',
    severity: 'error',
    message: 'no program that makes accounts: neither systemd-sysusers nor groupadd and useradd',
    hint: 'install systemd (systemd-standalone-sysusers) or the passwd or shadow-utils package',
  };
  const links = accountLinks.map(
    (path): Finding => ({
      code: 'VP_PATH_KIND',
      severity: 'error',
      path,
      message: `${path} of ${root} is a symbolic link, which an account tool would follow out of the image`,
      hint: 'put a regular file or directory in its place',
    }),
  );
  return [...(accountTool === null ? [missing] : []), ...links];
}

function nameOfGroup(groups: readonly GroupEntry[], gid: number): string {
  return findGroupById(groups, gid)?.name ?? String(gid);
}
