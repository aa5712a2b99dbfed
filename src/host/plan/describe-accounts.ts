import type { Finding } from '../../errors.ts';
import { findGroup, findGroupById, nameOfGroup } from '../../formats/group.ts';
import { findUser, findUserById, type PasswdEntry } from '../../formats/passwd.ts';
import { isSystemId } from '../../policy/account-values.ts';
import type { HostFacts } from '../facts/facts.ts';
import type { Intent } from './intent.ts';

export interface WantedGroup {
  readonly name: string;
  readonly gid: number | null;
  /** Where the policy says it. */
  readonly key: string;
  /** The gid that the distribution allocated. */
  readonly own: number | null;
}

/** What there is to say about a group: it is kept with another gid, or its gid is taken. */
export function describeGroup(
  { name, gid, key, own }: WantedGroup,
  { consent }: Intent,
  facts: HostFacts,
): readonly Finding[] {
  const found = findGroup(facts.groups, name);
  const account = { kind: 'group', name, key } as const;
  if (found?.gid === 0) return [rootFinding(account)];
  if (gid === null || found?.gid === gid) return [];
  if (found !== undefined)
    return [keptFinding(account, found.gid, gid, isSystemId(found.gid, own))];
  const holder = findGroupById(facts.groups, gid);
  return holder === undefined ? [] : [takenFinding(account, gid, holder.name, consent.acceptIds)];
}

/** What there is to say about the user: it is kept as it is, or its uid is taken. */
export function describeUser(intent: Intent, facts: HostFacts): readonly Finding[] {
  const { user } = intent.policy;
  const found = findUser(facts.users, user.name);
  if (found === undefined) return describeTakenUid(intent, facts);
  const account = { kind: 'user', name: user.name, key: 'user.uid' } as const;
  if (found.uid === 0) return [rootFinding(account)];
  const isOther = user.uid !== null && found.uid !== user.uid;
  const canSay = isSystemId(found.uid, intent.target.uid);
  return [
    ...(isOther ? [keptFinding(account, found.uid, user.uid ?? 0, canSay)] : []),
    ...describeSharedUid(found, facts.users),
    ...describePrimaryGroup(intent.policy, nameOfGroup(facts.groups, found.gid)),
  ];
}

function describeTakenUid({ policy, consent }: Intent, { users }: HostFacts): readonly Finding[] {
  const { name, uid } = policy.user;
  const holder = uid === null ? undefined : findUserById(users, uid);
  if (holder === undefined || uid === null) return [];
  const account = { kind: 'user', name, key: 'user.uid' } as const;
  return [takenFinding(account, uid, holder.name, consent.acceptIds)];
}

interface Account {
  readonly kind: 'user' | 'group';
  readonly name: string;
  readonly key: string;
}

function rootFinding({ kind, name }: Account): Finding {
  return {
    code: 'VP_IDENTITY_INVALID',
    severity: 'error',
    message: `${kind} ${name} exists with ${idKinds[kind]} 0: QEMU would run as root under another name`,
    hint: `name another ${kind} in the policy, or put that account right by hand`,
  };
}

// Whoever has the same uid can reach into QEMU, and QEMU can reach what is theirs; nobody is everybody's.
function describeSharedUid(found: PasswdEntry, users: readonly PasswdEntry[]): readonly Finding[] {
  const twin = users.find(({ name, uid }) => uid === found.uid && name !== found.name);
  if (twin === undefined) return [];
  return [
    {
      code: 'VP_WARN_IDS',
      severity: 'warning',
      message: `user ${found.name} shares uid ${found.uid} with user ${twin.name}: what is one's is the other's`,
      hint: 'give one of the two another uid, and its files with it',
    },
  ];
}

// Debian's packages make the user so, and libvirt and qemu-launch set the group that qemu.conf says.
function describePrimaryGroup(
  { user: { name }, group, kvm }: Intent['policy'],
  found: string,
): readonly Finding[] {
  if (found === group.name) return [];
  return [
    {
      code: 'VP_WARN_IDS',
      severity: found === kvm.group.name ? 'info' : 'warning',
      message: `user ${name} has the primary group ${found}, the policy says ${group.name}: it is kept`,
      hint: `change it by hand if QEMU is started without an explicit group: usermod -g ${group.name} ${name}`,
    },
  ];
}

const idKinds = { user: 'uid', group: 'gid' } as const;

// The hint never names an id that a policy file may not have.
function keptFinding(
  { kind, name, key }: Account,
  found: number,
  wanted: number,
  canSay: boolean,
): Finding {
  const say = canSay
    ? `write ${key}: ${found} into the policy, or `
    : `write ${key}: null into the policy, or `;
  return {
    code: 'VP_WARN_IDS',
    severity: 'warning',
    message: `${kind} ${name} has ${idKinds[kind]} ${found}, the policy says ${wanted}: it is kept`,
    hint: `${say}renumber the account and its files by hand`,
  };
}

function takenFinding(
  { kind, name, key }: Account,
  id: number,
  holder: string,
  isAccepted: boolean,
): Finding {
  const message = `${idKinds[kind]} ${id} for ${kind} ${name} belongs to ${kind} ${holder}`;
  if (!isAccepted) {
    const hint = `choose another ${key} in the policy, or take whichever is free: --accept-ids`;
    return { code: 'VP_ID_TAKEN', severity: 'error', message, hint };
  }
  return {
    code: 'VP_WARN_IDS',
    severity: 'warning',
    message: `${message}: ${name} gets whichever ${idKinds[kind]} is free`,
    hint: 'images and hosts that share files need the same ids: the policy says them for all',
  };
}
