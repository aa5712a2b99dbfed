import { findGroup, findGroupById, nameOfGroup } from '../../formats/group.ts';
import { findUser, findUserById } from '../../formats/passwd.ts';
import type { Policy } from '../../policy/policy.ts';
import type { HostFacts } from '../facts/facts.ts';
import type { ChangeOf, GroupValue, UserValue } from './change.ts';
import { freeId } from './free-id.ts';

export interface AccountWay {
  /** The tools change /etc only: accounts of /usr/lib that take part in a change are copied there. */
  readonly isCopied: boolean;
  /** An id that somebody else holds gives way to a free one. */
  readonly acceptsIds: boolean;
}

/** One group: made, or as it is. */
export function planGroup(
  { name, gid }: { readonly name: string; readonly gid: number | null },
  way: AccountWay,
  facts: HostFacts,
): ChangeOf<'group', GroupValue> {
  const base = { kind: 'group', id: name } as const;
  const found = findGroup(facts.groups, name);
  if (found !== undefined) {
    const isMissing = way.isCopied && facts.elsewhere.groups[name] === '/usr/lib';
    return { ...base, ...asItIs({ gid: found.gid }, isMissing) };
  }
  const isTaken = gid !== null && findGroupById(facts.groups, gid) !== undefined;
  const wanted = isTaken && way.acceptsIds ? null : gid;
  return { ...base, ...made({ gid: wanted ?? freeId(facts, name) }) };
}

/** The user: made, or as it is. */
export function planUser(
  { user: { name, uid }, group }: Pick<Policy, 'user' | 'group'>,
  way: AccountWay,
  facts: HostFacts,
): ChangeOf<'user', UserValue> {
  const base = { kind: 'user', id: name } as const;
  const found = findUser(facts.users, name);
  if (found !== undefined) {
    const isMissing = way.isCopied && facts.elsewhere.users[name] === '/usr/lib';
    const now = { uid: found.uid, group: nameOfGroup(facts.groups, found.gid) };
    return { ...base, ...asItIs(now, isMissing) };
  }
  const isTaken = uid !== null && findUserById(facts.users, uid) !== undefined;
  const wanted = isTaken && way.acceptsIds ? null : uid;
  return { ...base, ...made({ uid: wanted ?? freeId(facts, name), group: group.name }) };
}

function asItIs<Value>(now: Value, isMissing: boolean) {
  if (isMissing) return made(now);
  return { action: 'none', before: now, after: now, done: true } as const;
}

function made<Value>(after: Value) {
  return { action: 'create', before: null, after, done: false } as const;
}
