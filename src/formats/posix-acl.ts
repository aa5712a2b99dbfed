import { AppError } from '../errors.ts';

/** One entry of an access control list; `id` is the uid or gid of `user` and `group`, else null. */
export interface AclEntry {
  readonly tag: 'owner' | 'user' | 'owning-group' | 'group' | 'mask' | 'other';
  /** Bits as in a mode: 4 read, 2 write, 1 execute or search. */
  readonly permissions: number;
  readonly id: number | null;
}

/** The attribute that holds a file's own list. */
export const accessAttribute = 'system.posix_acl_access';

// Tags of linux/posix_acl.h.
const tags = new Map<number, AclEntry['tag']>([
  [0x01, 'owner'],
  [0x02, 'user'],
  [0x04, 'owning-group'],
  [0x08, 'group'],
  [0x10, 'mask'],
  [0x20, 'other'],
]);

/** Reads the attribute's bytes: a version, then entries of tag, permissions and id, all little-endian. Source: linux/posix_acl_xattr.h. */
export function parsePosixAcl(bytes: Uint8Array): AclEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 4 || view.getUint32(0, true) !== 2)
    throw malformed('its version is not 2');
  if ((bytes.byteLength - 4) % 8 !== 0) throw malformed('it ends in the middle of an entry');
  const entries: AclEntry[] = [];
  for (let offset = 4; offset < bytes.byteLength; offset += 8)
    entries.push(parseEntry(view, offset));
  return entries;
}

function parseEntry(view: DataView, offset: number): AclEntry {
  const tag = tags.get(view.getUint16(offset, true));
  const permissions = view.getUint16(offset + 2, true);
  if (tag === undefined || permissions > 7)
    throw malformed(`its entry at byte ${offset} is unknown`);
  const isNamed = tag === 'user' || tag === 'group';
  return { tag, permissions, id: isNamed ? view.getUint32(offset + 4, true) : null };
}

function malformed(why: string): AppError {
  return new AppError('VP_INTERNAL', `cannot read an access control list: ${why}`);
}

/** Who asks, by the ids that count: group id and supplementary groups. */
export interface AclSubject {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** The owner and owning group of the file that bears the list. */
export interface AclOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Does the list grant every bit of `wanted` together? As acl(5): the owner's entry, a named user's under the mask,
 * one single group entry that holds all the bits under the mask, or, when no group matches, the entry for others.
 */
export function doesAclAllow(
  entries: readonly AclEntry[],
  owner: AclOwner,
  subject: AclSubject,
  wanted: number,
): boolean {
  const mask = entries.find((entry) => entry.tag === 'mask')?.permissions ?? 7;
  const holds = (permissions: number) => (permissions & wanted) === wanted;
  if (subject.uid === owner.uid) return holds(permissionsOf(entries, 'owner'));
  const user = entries.find((entry) => entry.tag === 'user' && entry.id === subject.uid);
  if (user !== undefined) return holds(user.permissions & mask);
  const matching = groupEntries(entries, owner, subject);
  if (matching.length > 0) return matching.some((entry) => holds(entry.permissions & mask));
  return holds(permissionsOf(entries, 'other'));
}

function groupEntries(
  entries: readonly AclEntry[],
  owner: AclOwner,
  subject: AclSubject,
): AclEntry[] {
  const isMember = (gid: number) => subject.gid === gid || subject.groups.includes(gid);
  return entries.filter(
    ({ tag, id }) =>
      (tag === 'owning-group' && isMember(owner.gid)) ||
      (tag === 'group' && id !== null && isMember(id)),
  );
}

function permissionsOf(entries: readonly AclEntry[], tag: AclEntry['tag']): number {
  return entries.find((entry) => entry.tag === tag)?.permissions ?? 0;
}
