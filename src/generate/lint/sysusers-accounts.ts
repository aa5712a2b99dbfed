import type { Finding } from '../../errors.ts';
import { findGroup, findGroupById, nameOfGroup } from '../../formats/group.ts';
import { findUser, findUserById } from '../../formats/passwd.ts';
import { type SysusersLine, splitUserId } from '../../formats/sysusers.ts';
import type { FindingMaker, LintAccounts } from './lint-file.ts';

/** What systemd-sysusers would accept on this root with exit status 0, and not do. */
export function lintObedience(
  line: SysusersLine,
  accounts: LintAccounts,
  find: FindingMaker,
): readonly Finding[] {
  if (line.type === 'g') return lintGroup(line.name, line.id, accounts, find);
  return line.type === 'u' ? lintUser(line, accounts, find) : [];
}

function lintGroup(
  name: string,
  id: string | null,
  { groups }: LintAccounts,
  find: FindingMaker,
): readonly Finding[] {
  const gid = asNumber(id);
  if (gid === null) return [];
  const found = findGroup(groups, name);
  if (found !== undefined)
    return found.gid === gid ? [] : [kept('group', name, found.gid, gid, find)];
  const holder = findGroupById(groups, gid);
  return holder === undefined ? [] : [taken('group', name, gid, holder.name, find)];
}

function lintUser(
  { name, id }: SysusersLine,
  accounts: LintAccounts,
  find: FindingMaker,
): readonly Finding[] {
  const { uid: text, group } = splitUserId(id);
  const uid = asNumber(text);
  const found = findUser(accounts.users, name);
  if (found !== undefined) {
    const primary = nameOfGroup(accounts.groups, found.gid);
    const isOther = group !== null && ![primary, String(found.gid)].includes(group);
    return [
      ...(uid === null || found.uid === uid ? [] : [kept('user', name, found.uid, uid, find)]),
      ...(isOther ? [primaryFinding(name, primary, group, find)] : []),
    ];
  }
  const holder = uid === null ? undefined : findUserById(accounts.users, uid);
  const ownGroup = group === null ? lintGroup(name, text, accounts, find) : [];
  return holder === undefined || uid === null
    ? ownGroup
    : [taken('user', name, uid, holder.name, find)];
}

const idKinds = { user: 'uid', group: 'gid' } as const;
const silently = 'systemd-sysusers exits 0';

function kept(
  kind: 'user' | 'group',
  name: string,
  found: number,
  wanted: number,
  find: FindingMaker,
): Finding {
  const message = `${kind} ${name} exists with ${idKinds[kind]} ${found}, not ${wanted}: it is kept, and ${silently}`;
  const hint = `write ${found}, or renumber the account and its files by hand`;
  return find('warning', 'VP_LINT_ACCOUNT', message, hint);
}

function taken(
  kind: 'user' | 'group',
  name: string,
  id: number,
  holder: string,
  find: FindingMaker,
): Finding {
  const message = `${idKinds[kind]} ${id} belongs to ${kind} ${holder}: ${name} gets another one, and ${silently}`;
  return find('error', 'VP_LINT_ACCOUNT', message, `choose another ${idKinds[kind]}`);
}

function primaryFinding(user: string, found: string, wanted: string, find: FindingMaker): Finding {
  const message = `user ${user} exists with the primary group ${found}, not ${wanted}: it is kept, and ${silently}`;
  return find('warning', 'VP_LINT_ACCOUNT', message, `by hand: usermod -g ${wanted} ${user}`);
}

function asNumber(text: string | null): number | null {
  return text !== null && /^[0-9]{1,10}$/.test(text) ? Number(text) : null;
}
