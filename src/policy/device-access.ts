import type { AclEntry } from '../formats/posix-acl.ts';
import type { Policy } from './policy.ts';

/** Who may open a node. */
export interface DeviceAccess {
  readonly uid: number;
  readonly gid: number;
  /** With an access list the bits of the group are its mask. */
  readonly mode: number;
  /** The access list; empty when there is none. */
  readonly acl: readonly AclEntry[];
}

/** Whether the node is exactly as the policy says; `gid` is that of the policy's group. */
export function isAsWanted(
  { uid, gid, mode, acl }: DeviceAccess,
  kvm: Pick<Policy['kvm'], 'mode' | 'access'>,
  wantedGid: number | undefined,
): boolean {
  const isOwner = uid === 0 && gid === wantedGid;
  return isOwner && mode === Number.parseInt(kvm.mode, 8) && isListAsWanted(acl, kvm);
}

/*
 * With a list, the group's bits of the mode are the mask, and those of the group stand in the list. Users
 * who sit at the machine may be in it unless only the group is meant; others are nowhere in a policy.
 */
function isListAsWanted(
  acl: readonly AclEntry[],
  { access }: Pick<Policy['kvm'], 'access'>,
): boolean {
  return acl.every(({ tag, permissions }) => {
    if (tag === 'user') return access !== 'group' && permissions === 6;
    if (tag === 'owning-group') return permissions === 6;
    return tag !== 'group';
  });
}

/** What the list gives to users and groups by name, as getfacl writes it. */
export function printGrants(acl: readonly AclEntry[]): readonly string[] {
  return acl
    .filter(
      ({ tag, permissions }) =>
        tag === 'user' || tag === 'group' || (tag === 'owning-group' && permissions !== 6),
    )
    .map(({ tag, id, permissions }) => {
      return `${tag === 'owning-group' ? 'group' : tag}:${id ?? ''}:${printBits(permissions)}`;
    });
}

function printBits(permissions: number): string {
  return ['r', 'w', 'x']
    .map((letter, index) => (permissions & (4 >> index) ? letter : '-'))
    .join('');
}
