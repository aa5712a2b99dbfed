import { findGroup, nameOfGroup } from '../formats/group.ts';
import { findUser } from '../formats/passwd.ts';
import type { Policy } from '../policy/policy.ts';
import { type Change, type ChangeOf, type HostPlan, isPending, type UserValue } from './change.ts';
import {
  describeGroup,
  describeTools,
  describeUser,
  type WantedGroup,
} from './describe-accounts.ts';
import type { HostFacts } from './facts.ts';

/** Groups, the user and its membership. Existing accounts are taken as they are, never renumbered. */
export function planAccounts(policy: Policy, facts: HostFacts): HostPlan {
  const groups = wantedGroups(policy);
  const changes: readonly Change[] = [
    ...groups.map((group) => planGroup(group, facts)),
    planUser(policy, facts),
    ...planMembership(policy, facts),
  ];
  const findings = [
    ...groups.flatMap((group) => describeGroup(group, facts)),
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
