import { findGroup, findGroupById, type GroupEntry, parseGroup } from '../../formats/group.ts';
import { findUser, findUserById, type PasswdEntry, parsePasswd } from '../../formats/passwd.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Native } from '../../runtime/native.ts';
import type { Root } from '../root.ts';
import { readText } from '../root-files.ts';

/** Where an account is known from when /etc does not have it. */
export type AccountPlace = '/usr/lib' | 'name service';

type Places = Readonly<Record<string, AccountPlace>>;

/** The accounts of a root; /etc comes first, so that the first of a name is the one that counts. */
export interface Accounts {
  readonly users: readonly PasswdEntry[];
  readonly groups: readonly GroupEntry[];
  /** Names that the account tools do not find in /etc/passwd and /etc/group. */
  readonly elsewhere: { readonly users: Places; readonly groups: Places };
  /** An image-based system, which keeps accounts of packages in /usr/lib (nss-altfiles). */
  readonly hasAltfiles: boolean;
}

/** Reads the files, those of image-based systems too; throws VP_FILE_READ. */
export function readAccountFiles(root: Root): Accounts {
  const read = (path: string) => readText(root, path);
  const [passwd, group] = [read('/usr/lib/passwd'), read('/usr/lib/group')];
  const own = {
    users: parsePasswd(read('/etc/passwd') ?? ''),
    groups: parseGroup(read('/etc/group') ?? ''),
  };
  const other = { users: parsePasswd(passwd ?? ''), groups: parseGroup(group ?? '') };
  return {
    users: [...own.users, ...other.users],
    groups: [...own.groups, ...other.groups],
    elsewhere: {
      users: placesOf(own.users, other.users, '/usr/lib'),
      groups: placesOf(own.groups, other.groups, '/usr/lib'),
    },
    hasAltfiles: passwd !== null || group !== null,
  };
}

interface Named {
  readonly name: string;
}

function placesOf(own: readonly Named[], other: readonly Named[], place: AccountPlace): Places {
  const names = new Set(own.map(({ name }) => name));
  return Object.fromEntries(
    other.filter(({ name }) => !names.has(name)).map(({ name }) => [name, place]),
  );
}

/** The same, and of the running system also what its name service says of the policy's names and ids. */
export function readAccounts(root: Root, policy: Policy): Accounts {
  const files = readAccountFiles(root);
  if (!root.isLive) return files;
  const users = askUsers(root.native, policy, files);
  const groups = askGroups(root.native, policy, files, users);
  const { elsewhere, hasAltfiles } = files;
  return {
    users: [...files.users, ...users],
    groups: [...files.groups, ...groups],
    elsewhere: {
      users: { ...placesOf(files.users, users, 'name service'), ...elsewhere.users },
      groups: { ...placesOf(files.groups, groups, 'name service'), ...elsewhere.groups },
    },
    hasAltfiles,
  };
}

function askUsers(native: Native, { user }: Policy, { users }: Accounts): readonly PasswdEntry[] {
  const byName = findUser(users, user.name) === undefined ? native.userByName(user.name) : null;
  const isFree = user.uid !== null && findUserById(users, user.uid) === undefined;
  const byId = isFree && user.uid !== null ? native.userById(user.uid) : null;
  const told = { comment: '', home: '', shell: '' };
  return withoutTwins([byName, byId]).map((entry) => ({ ...entry, ...told }));
}

function askGroups(
  native: Native,
  { user, group, kvm }: Policy,
  { groups, users: own }: Accounts,
  told: readonly PasswdEntry[],
): readonly GroupEntry[] {
  const owner = findUser([...own, ...told], user.name);
  const wanted = [group, kvm.group];
  const names = wanted.filter(({ name }) => findGroup(groups, name) === undefined);
  const ids = [...wanted.map(({ gid }) => gid), owner?.gid ?? null].filter((gid) => {
    return gid !== null && findGroupById(groups, gid) === undefined;
  });
  const found = withoutTwins([
    ...names.map(({ name }) => native.groupByName(name)),
    ...ids.map((gid) => (gid === null ? null : native.groupById(gid))),
  ]);
  const memberships = owner === undefined ? [] : native.groupList(owner.name, owner.gid);
  return found.map((entry) => {
    return { ...entry, members: memberships.includes(entry.gid) ? [user.name] : [] };
  });
}

function withoutTwins<T extends Named>(found: readonly (T | null)[]): readonly T[] {
  const entries = found.flatMap((entry) => entry ?? []);
  return entries.filter(({ name }, index) => {
    return entries.findIndex((other) => other.name === name) === index;
  });
}
