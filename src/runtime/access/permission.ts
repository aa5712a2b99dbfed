import type { Stats } from 'node:fs';
import { accessAttribute, doesAclAllow, parsePosixAcl } from '../../formats/posix-acl.ts';
import { printShellWord } from '../../formats/shell-word.ts';
import type { AccessIdentity, AccessProblem } from '../access.ts';
import type { Native } from '../native.ts';
import type { Component } from './path-walk.ts';

/** The bits of a mode and of a list's entry: 4 read, 2 write, 1 execute, which for a directory is search. */
export const searchBit = 1;

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What mode and access list of one component refuse of the bits `wanted`; `owner` is whom to take it for. */
export function permissionProblems(
  native: Native,
  { path, file }: Component,
  owner: Owner,
  identity: AccessIdentity,
  wanted: number,
): readonly AccessProblem[] {
  const allows = (bits: number) => isAllowed(native, { path, file }, owner, identity, bits);
  if (wanted === 0 || allows(wanted)) return [];
  const granted = [4, 2, 1].filter(allows).reduce((sum, bit) => sum | bit, 0);
  // Nothing is missing where two groups grant one right each, and no group both.
  const lacking = lackingRight(wanted & ~granted || wanted & 3, file);
  const message = `user ${identity.user} lacks ${lacking} permission on ${path} (${describeOwner(file, owner)})`;
  const hint = describeFix(path, identity, owner, wanted | granted);
  return [{ code: 'VP_PATH_ACCESS', component: path, lacks: lacking, message, hint }];
}

/** fs/namei.c acl_permission_check(): the owner's bits first; a list counts only where the group bits, its mask, are not empty. */
function isAllowed(
  native: Native,
  { path, file }: Component,
  owner: Owner,
  identity: AccessIdentity,
  bits: number,
): boolean {
  if (identity.uid === owner.uid) return ((file.mode >> 6) & bits) === bits;
  const list = (file.mode & 0o070) === 0 ? null : native.readAttribute(path, accessAttribute);
  if (list !== null) return doesAclAllow(parsePosixAcl(list), owner, identity, bits);
  const isMember = identity.gid === owner.gid || identity.groups.includes(owner.gid);
  return ((file.mode >> (isMember ? 3 : 0)) & bits) === bits;
}

function lackingRight(missing: number, file: Stats): AccessProblem['lacks'] {
  if ((missing & 4) !== 0) return 'read';
  if ((missing & 2) !== 0) return 'write';
  return file.isDirectory() ? 'search' : 'execute';
}

function describeOwner(file: Stats, owner: Owner): string {
  const mode = (file.mode & 0o7777).toString(8).padStart(4, '0');
  return `mode ${mode}, owner ${owner.uid}:${owner.gid}`;
}

function describeFix(path: string, identity: AccessIdentity, owner: Owner, bits: number): string {
  const letters = `${bits & 4 ? 'r' : ''}${bits & 2 ? 'w' : ''}${bits & 1 ? 'x' : ''}`;
  // The owner's bits count before any list entry.
  if (identity.uid === owner.uid) return `chmod u+${letters} ${printShellWord(path)}`;
  // A name with anything odd in it would be read as something else.
  const user = /^[\w.][\w.-]*$/.test(identity.user) ? identity.user : identity.uid;
  return `setfacl -m u:${user}:${letters} ${printShellWord(path)}`;
}
