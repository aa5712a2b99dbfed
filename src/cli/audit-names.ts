import { findGroupById, parseGroup } from '../formats/group.ts';
import { findUserById, parsePasswd } from '../formats/passwd.ts';
import type { Root } from '../host/root.ts';
import { readText } from '../host/root-files.ts';
import type { AccountNames } from '../verify/judgement.ts';

/** Names of accounts as the root has them: the running system's by its name service. */
export function readAccountNames(root: Root): AccountNames {
  return root.isLive ? liveNames(root) : fileNames(root);
}

function liveNames({ native }: Root): AccountNames {
  return {
    user: remember((uid) => native.userById(uid)?.name ?? null),
    group: remember((gid) => native.groupById(gid)?.name ?? null),
  };
}

function fileNames(root: Root): AccountNames {
  const users = parsePasswd(readText(root, '/etc/passwd') ?? '');
  const groups = parseGroup(readText(root, '/etc/group') ?? '');
  return {
    user: (uid) => findUserById(users, uid)?.name ?? null,
    group: (gid) => findGroupById(groups, gid)?.name ?? null,
  };
}

// The name service may be a server far away.
function remember(find: (id: number) => string | null): (id: number) => string | null {
  const known = new Map<number, string | null>();
  return (id) => {
    const name = known.has(id) ? (known.get(id) ?? null) : find(id);
    known.set(id, name);
    return name;
  };
}
