import type { Finding } from '../errors.ts';
import { findGroup, findGroupById, nameOfGroup } from '../formats/group.ts';
import { findUser, findUserById } from '../formats/passwd.ts';
import type { Policy } from '../policy/policy.ts';
import type { HostFacts } from './facts.ts';

export interface WantedGroup {
  readonly name: string;
  readonly gid: number | null;
  /** Where the policy says it. */
  readonly key: string;
}

/** What there is to say about a group: it is kept with another gid, or its gid is taken. */
export function describeGroup(
  { name, gid, key }: WantedGroup,
  facts: HostFacts,
): readonly Finding[] {
  const found = findGroup(facts.groups, name);
  if (gid === null || found?.gid === gid) return [];
  if (found !== undefined) return [keptFinding('group', name, key, found.gid, gid)];
  const holder = findGroupById(facts.groups, gid);
  return holder === undefined ? [] : [takenFinding('group', name, key, gid, holder.name)];
}

/** What there is to say about the user: it is kept as it is, or its uid is taken. */
export function describeUser({ user, group }: Policy, facts: HostFacts): readonly Finding[] {
  const found = findUser(facts.users, user.name);
  if (found === undefined) {
    const holder = user.uid === null ? undefined : findUserById(facts.users, user.uid);
    if (holder === undefined || user.uid === null) return [];
    return [takenFinding('user', user.name, 'user.uid', user.uid, holder.name)];
  }
  if (found.uid === 0) return [rootFinding(user.name)];
  const isOther = user.uid !== null && found.uid !== user.uid;
  return [
    ...(isOther ? [keptFinding('user', user.name, 'user.uid', found.uid, user.uid)] : []),
    ...describePrimaryGroup(user.name, nameOfGroup(facts.groups, found.gid), group.name),
  ];
}

function rootFinding(name: string): Finding {
  return {
    code: 'VP_IDENTITY_INVALID',
    severity: 'error',
    message: `user ${name} exists with uid 0: QEMU would run as root under another name`,
    hint: 'name another user in the policy, or put that account right by hand',
  };
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

/** What keeps the account tools from working, or would lead them astray. */
export function describeTools({ accountTool, accountLinks, root }: HostFacts): readonly Finding[] {
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
      message: `${path} of ${root} is no regular file or directory, and an account tool would follow it out of the image or wait for ever`,
      hint: 'put a regular file or directory in its place',
    }),
  );
  return [...(accountTool === null ? [missing] : []), ...links];
}
