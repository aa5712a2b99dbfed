import type { Accounts } from '../facts/read-accounts.ts';

/**
 * The id for an account that may have any: null leaves it to the account tool. On image-based systems
 * that does not see every account, so the highest free id of the system's range is taken.
 */
export function freeId({ users, groups, hasAltfiles }: Accounts, name: string): number | null {
  if (!hasAltfiles) return null;
  const taken = new Set([
    ...users.filter((user) => user.name !== name).map(({ uid }) => uid),
    ...groups.filter((group) => group.name !== name).map(({ gid }) => gid),
  ]);
  for (let id = 999; id >= 100; id -= 1) if (!taken.has(id)) return id;
  return null;
}
