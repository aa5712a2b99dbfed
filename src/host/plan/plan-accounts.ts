import type { Finding } from '../../errors.ts';
import { findUser } from '../../formats/passwd.ts';
import type { Policy } from '../../policy/policy.ts';
import type { HostFacts } from '../facts/facts.ts';
import { type Change, type HostPlan, isPending } from './change.ts';
import { describeKvmGid, describeShadow, describeTools } from './describe-account-files.ts';
import { describeGroup, describeUser, type WantedGroup } from './describe-accounts.ts';
import type { Intent } from './intent.ts';
import { type AccountWay, planGroup, planUser } from './plan-account.ts';

/** Groups, the user and its membership. Existing accounts are taken as they are, never renumbered. */
export function planAccounts(intent: Intent, facts: HostFacts): HostPlan {
  const { policy } = intent;
  const groups = wantedGroups(intent);
  const memberships = planMembership(policy, facts);
  const isNewUser = findUser(facts.users, policy.user.name) === undefined;
  const way: AccountWay = {
    isCopied: isNewUser || memberships.some(isPending),
    acceptsIds: intent.consent.acceptIds,
  };
  const changes: readonly Change[] = [
    ...planGroups(groups, way, facts),
    planUser(policy, way, facts),
    ...memberships,
  ];
  const findings = [
    ...groups.flatMap((group) => describeGroup(group, intent, facts)),
    ...describeUser(intent, facts),
    ...describeKvmGid(intent, facts),
    ...describeShadow(intent, facts),
    ...changes.flatMap((change) => describePlace(change, facts)),
    ...(changes.some(isPending) ? describeTools(facts) : []),
  ];
  return { changes, findings };
}

// Where both names are one group, the policy of the user's own group counts.
function wantedGroups({ policy, target }: Intent): readonly WantedGroup[] {
  const { group, kvm } = policy;
  const own = { ...group, key: 'group.gid', own: target.gid };
  if (kvm.group.name === group.name) return [own];
  return [{ ...kvm.group, key: 'kvm.group.gid', own: target.kvmGid }, own];
}

// One after the other, so that no two get the same free gid.
function planGroups(
  groups: readonly WantedGroup[],
  way: AccountWay,
  facts: HostFacts,
): readonly Change[] {
  const [first, ...others] = groups;
  if (first === undefined) return [];
  const change = planGroup(first, way, facts);
  const { gid } = change.after;
  const made = gid === null ? [] : [{ name: first.name, gid, members: [] }];
  const later = { ...facts, groups: [...facts.groups, ...made] };
  return [change, ...planGroups(others, way, later)];
}

function planMembership({ user, group, kvm }: Policy, facts: HostFacts): readonly Change[] {
  const after = { user: user.name, group: kvm.group.name };
  const isNew = findUser(facts.users, after.user) === undefined;
  // A new user has that group as its own.
  if (isNew && group.name === kvm.group.name) return [];
  const isDone = isMember(facts, after.user, after.group);
  if (isDone && group.name === kvm.group.name) return [];
  const action = isDone ? 'none' : 'create';
  const before = isDone ? after : null;
  const id = `${after.user}/${after.group}`;
  return [{ kind: 'membership', id, action, before, after, done: isDone }];
}

// Several places may have a group of one name; their members count together.
function isMember({ groups, users }: HostFacts, userName: string, groupName: string): boolean {
  const user = findUser(users, userName);
  return groups.some(({ name, gid, members }) => {
    return name === groupName && (user?.gid === gid || members.includes(userName));
  });
}

function describePlace(change: Change, { elsewhere }: HostFacts): readonly Finding[] {
  if (!isPending(change)) return [];
  if (change.kind === 'membership') return describeForeign(change.after.group, elsewhere.groups);
  if (change.kind !== 'group' && change.kind !== 'user') return [];
  const places = change.kind === 'group' ? elsewhere.groups : elsewhere.users;
  if (places[change.id] !== '/usr/lib') return [];
  const file = change.kind === 'group' ? 'group' : 'passwd';
  const message = `${change.kind} ${change.id} is in /usr/lib/${file} only: it is copied into /etc/${file} with its ids`;
  return [{ code: 'VP_WARN_IDS', severity: 'info', message, hint: '' }];
}

function describeForeign(
  name: string,
  places: HostFacts['elsewhere']['groups'],
): readonly Finding[] {
  if (places[name] !== 'name service') return [];
  const message = `group ${name} comes from the name service: its members cannot be changed here`;
  const hint = 'add the user where the group is kept, or name a local group: kvm.group.name';
  return [{ code: 'VP_IDENTITY_INVALID', severity: 'error', message, hint }];
}
