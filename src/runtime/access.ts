import type { Stats } from 'node:fs';
import { accessAttribute, doesAclAllow, parsePosixAcl } from '../formats/posix-acl.ts';
import type { Native } from './native.ts';
import { type Component, walkPath } from './path-walk.ts';

/** Who will use the path, by the ids that count. */
export interface AccessIdentity {
  /** For messages and commands: a name or a number. */
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** Why a path cannot be used: the first component, from the root on, that says no. */
export interface AccessProblem {
  readonly component: string;
  readonly lacks: 'search' | 'read' | 'write' | 'execute';
  readonly message: string;
  /** A command: the smallest change that would allow it. */
  readonly hint: string;
}

export interface Wanted {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly execute?: boolean;
}

export interface AccessOptions {
  /** Judge the final file as if it had this owner: a claim before it is made. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * May `identity`, without any capability, use the absolute `path`? Decided as the kernel does, by ids, mode bits
 * and access control list of every component, without changing the credentials of this process.
 * Null when it may. Throws VP_PATH_MISSING for a component that is not there.
 */
export function checkAccess(
  native: Native,
  path: string,
  identity: AccessIdentity,
  wanted: Wanted,
  options: AccessOptions = {},
): AccessProblem | null {
  const steps = walkPath(path);
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    const problem = checkComponent(native, step.value, step.value.file, identity, searchBit);
    if (problem !== null) return problem;
  }
  const bits = (wanted.read ? 4 : 0) | (wanted.write ? 2 : 0) | (wanted.execute ? 1 : 0);
  return checkComponent(native, step.value, options.owner ?? step.value.file, identity, bits);
}

const searchBit = 1;

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

function checkComponent(
  native: Native,
  { path, file }: Component,
  owner: Owner,
  identity: AccessIdentity,
  wanted: number,
): AccessProblem | null {
  const allows = (bits: number) => isAllowed(native, { path, file }, owner, identity, bits);
  if (wanted === 0 || allows(wanted)) return null;
  const granted = [4, 2, 1].filter(allows).reduce((sum, bit) => sum | bit, 0);
  // Nothing is missing where two groups grant one right each, and no group both.
  const lacking = lackingRight(wanted & ~granted || wanted & 3, file);
  return {
    component: path,
    lacks: lacking,
    message: `user ${identity.user} lacks ${lacking} permission on ${path} (${describeOwner(file, owner)})`,
    hint: describeFix(path, identity, owner, wanted | granted),
  };
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
  if (identity.uid === owner.uid) return `chmod u+${letters} ${quoted(path)}`;
  return `setfacl -m u:${identity.user}:${letters} ${quoted(path)}`;
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
