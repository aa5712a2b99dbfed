import type { AccountNames, Property } from './judgement.ts';
import type { ProcessFacts, ThreadFacts } from './process-facts.ts';

/** Who it is: root in any of the four ids of any thread fails. */
export function judgeUser({ status, threads }: ProcessFacts, names: AccountNames): Property {
  const user = describeUser(status.uid[1], names);
  const root = threads.find(({ status: { uid } }) => uid.includes(0));
  const base = { id: 'user', title: 'User', value: user, code: 'VP_AUDIT_ROOT' } as const;
  if (root === undefined) {
    const explanation = `it runs as ${user}: what it may do to files is what this user may do`;
    return { ...base, status: 'pass', explanation, hint: '' };
  }
  return {
    ...base,
    status: 'fail',
    explanation: `${describeRoot(root)}: a guest that breaks out of QEMU owns the machine`,
    hint: 'set user and group in qemu.conf, or start it with qemu-launch',
  };
}

function describeRoot({ thread, status }: ThreadFacts): string {
  const kinds = ['real', 'effective', 'saved', 'file system'] as const;
  const found = kinds.filter((_, index) => status.uid[index] === 0);
  if (found.length === kinds.length) return 'it runs as root';
  return `thread ${thread} has root as its ${found.join(' and ')} user id`;
}

/** The groups; those that can do what root can are worth a warning. */
export function judgeGroups({ status }: ProcessFacts, names: AccountNames): Property {
  const gids = [...new Set([...status.gid, ...status.groups])];
  const groups = gids.map((gid) => describeGroup(gid, names));
  const mighty = gids.filter((gid) => gid === 0 || names.group(gid) === 'disk');
  const base = {
    id: 'groups',
    title: 'Groups',
    value: groups.join(', '),
    code: 'VP_AUDIT_GROUP',
  } as const;
  if (mighty.length === 0) {
    const explanation = 'none of its groups stands for files and disks of the whole machine';
    return { ...base, status: 'pass', explanation, hint: '' };
  }
  const named = mighty.map((gid) => describeGroup(gid, names)).join(', ');
  return {
    ...base,
    status: 'warn',
    explanation: `it is in ${named}: files and disks of the whole machine are open to this group`,
    hint: 'give QEMU a group of its own, and the disks to that group',
  };
}

/** A user's name and number, or the number where it has no name. */
export function describeUser(uid: number, names: AccountNames): string {
  return withNumber(names.user(uid), uid);
}

export function describeGroup(gid: number, names: AccountNames): string {
  return withNumber(names.group(gid), gid);
}

function withNumber(name: string | null, id: number): string {
  return name === null ? String(id) : `${name} (${id})`;
}
