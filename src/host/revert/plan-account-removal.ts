import type { Finding } from '../../errors.ts';
import { findGroup, type GroupEntry, parseGroup } from '../../formats/group.ts';
import { findUser, type PasswdEntry, parsePasswd } from '../../formats/passwd.ts';
import {
  isRecordedAccount,
  type JournalEntry,
  type RecordedAccount,
} from '../journal/journal-entry.ts';
import type { Root } from '../root.ts';
import { readText } from '../root-files.ts';
import { type Belongings, findBelongings } from './find-belongings.ts';
import type { RevertChange } from './revert-change.ts';

/** The accounts that applies made: those that may go, and why the others stay. */
export interface AccountRemoval {
  readonly accounts: readonly RecordedAccount[];
  readonly changes: readonly RevertChange[];
  readonly findings: readonly Finding[];
}

interface Accounts {
  readonly users: readonly PasswdEntry[];
  readonly groups: readonly GroupEntry[];
}

/** Of the accounts on record, those that are there still, the newest first. */
export function remainingAccounts(
  root: Root,
  entries: readonly Pick<JournalEntry, 'changes'>[],
): readonly RecordedAccount[] {
  const now = readAccounts(root);
  const recorded = entries.flatMap(({ changes }) => changes.filter(isRecordedAccount).toReversed());
  const there = recorded.filter((account) => isThere(account, now));
  // A run that was cut off and the next one may have recorded the same account.
  return [...new Map(there.map((account) => [describeAccount(account), account])).values()];
}

/** `except`: paths that are given back before the accounts go. */
export function planAccountRemoval(
  root: Root,
  accounts: readonly RecordedAccount[],
  except: readonly string[],
): AccountRemoval {
  const now = readAccounts(root);
  const belongings = findBelongings(root, idsOf(accounts, now), except);
  const kept = new Map(reasonsToKeep(accounts, now, belongings));
  const going = accounts.filter((account) => !kept.has(account));
  return {
    accounts: going,
    changes: going.map((account) => removalOf(account, now)),
    findings: [...kept].map(([account, reason]) => keptFinding(account, reason)),
  };
}

function readAccounts(root: Root): Accounts {
  return {
    users: parsePasswd(readText(root, '/etc/passwd') ?? ''),
    groups: parseGroup(readText(root, '/etc/group') ?? ''),
  };
}

function isThere(account: RecordedAccount, { users, groups }: Accounts): boolean {
  if (account.kind === 'user') return findUser(users, account.name) !== undefined;
  if (account.kind === 'group') return findGroup(groups, account.name) !== undefined;
  return findGroup(groups, account.group)?.members.includes(account.user) ?? false;
}

function idOf(account: RecordedAccount, { users, groups }: Accounts): number | undefined {
  if (account.kind === 'user') return findUser(users, account.name)?.uid;
  return account.kind === 'group' ? findGroup(groups, account.name)?.gid : undefined;
}

function idsOf(accounts: readonly RecordedAccount[], now: Accounts) {
  const ids = (kind: 'user' | 'group') =>
    accounts.filter((account) => account.kind === kind).flatMap((one) => idOf(one, now) ?? []);
  return { uids: ids('user'), gids: ids('group') };
}

type Reason = readonly [RecordedAccount, string];

// Users first: a group goes only when all its users do, and a user that stays keeps its memberships.
function reasonsToKeep(
  accounts: readonly RecordedAccount[],
  now: Accounts,
  belongings: Belongings,
): readonly Reason[] {
  const users = accounts.flatMap((user): readonly Reason[] => {
    if (user.kind !== 'user') return [];
    return reason(user, changedId(user, now) ?? owned(user, now, belongings));
  });
  const isKept = (name: string) =>
    users.some(([user]) => user.kind === 'user' && user.name === name);
  const memberships = accounts.flatMap((account): readonly Reason[] => {
    const stays = account.kind === 'membership' && isKept(account.user);
    return reason(account, stays ? 'the user stays' : null);
  });
  const kept = [...users, ...memberships].map(([account]) => account);
  const going = accounts.filter((account) => !kept.includes(account));
  const groups = accounts.flatMap((group): readonly Reason[] => {
    if (group.kind !== 'group') return [];
    const why = changedId(group, now) ?? owned(group, now, belongings);
    return reason(group, why ?? usedBy(group.name, now, going));
  });
  return [...users, ...memberships, ...groups];
}

function reason(account: RecordedAccount, text: string | null): readonly Reason[] {
  return text === null ? [] : [[account, text]];
}

// Somebody may have removed it and made another one of that name.
function changedId(account: RecordedAccount, now: Accounts): string | null {
  if (account.kind === 'membership' || account.id === null) return null;
  const id = idOf(account, now);
  return id === account.id ? null : `its id is ${id}, and it was made with ${account.id}`;
}

function owned(account: RecordedAccount, now: Accounts, belongings: Belongings): string | null {
  const id = idOf(account, now);
  if (id === undefined) return null;
  const found = account.kind === 'user' ? belongings.ofUser(id) : belongings.ofGroup(id);
  return found === null ? null : `${found} belongs to it`;
}

// Somebody has it as the primary group, or was added to it by hand.
function usedBy(
  name: string,
  { users, groups }: Accounts,
  going: readonly RecordedAccount[],
): string | null {
  const group = findGroup(groups, name);
  const goes = (user: string) =>
    going.some((account) => account.kind === 'user' && account.name === user);
  const leaves = (user: string) =>
    going.some((one) => one.kind === 'membership' && one.user === user && one.group === name);
  const primary = users.find((user) => user.gid === group?.gid && !goes(user.name))?.name;
  const other = primary ?? group?.members.find((user) => !goes(user) && !leaves(user));
  return other === undefined ? null : `user ${other} is in it`;
}

function removalOf(account: RecordedAccount, now: Accounts): RevertChange {
  const removed = { after: null, done: false } as const;
  const action = 'remove';
  if (account.kind === 'membership') {
    const { kind, user, group } = account;
    return { kind, id: `${user}/${group}`, action, before: { user, group }, ...removed };
  }
  const id = idOf(account, now) ?? null;
  const { kind, name } = account;
  return kind === 'user'
    ? { kind, id: name, action, before: { uid: id }, ...removed }
    : { kind, id: name, action, before: { gid: id }, ...removed };
}

function keptFinding(account: RecordedAccount, reason: string): Finding {
  return {
    code: 'VP_WARN_ACCOUNT_KEPT',
    severity: 'warning',
    message: `${describeAccount(account)} stays: ${reason}`,
    hint: 'an account that goes leaves its files to whoever gets its id next',
  };
}

/** `user qemu`, `membership qemu/kvm`. */
export function describeAccount(account: RecordedAccount): string {
  const { kind } = account;
  return kind === 'membership'
    ? `membership ${account.user}/${account.group}`
    : `${kind} ${account.name}`;
}
