import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGroup, nameOfGroup, parseGroup } from '../../src/formats/group.ts';
import { findUser, parsePasswd } from '../../src/formats/passwd.ts';
import type { Choice } from '../../src/generate/options.ts';
import type { Policy } from '../../src/policy/policy.ts';

/** What stands in a root before the package comes. */
export const accountStates = {
  /** Neither account nor group, as on a new Fedora. */
  clean: () => {},
  /** The gid of the group qemu is kvm's, as on many a Debian. */
  'gid 107 is kvm': (root: string) => appendGroup(root, 'kvm', 107),
  /** The uid of the user qemu is somebody else's. */
  'uid 107 is taken': (root: string) =>
    append(root, 'passwd', 'somebody:x:107:65534::/:/usr/sbin/nologin'),
  /** The user is there already, as another package made it. */
  'the user exists': (root: string) => {
    appendGroup(root, 'qemu', 800);
    append(root, 'passwd', 'qemu:x:801:800:made before:/:/usr/sbin/nologin');
    append(root, 'shadow', 'qemu:!:1::::::');
  },
} as const;
export type AccountState = keyof typeof accountStates;

/** Brings the accounts of a Debian root into a state; Debian's own definition of kvm goes. */
export function prepareAccounts(root: string, state: AccountState): void {
  for (const name of ['group', 'gshadow']) edit(join(root, 'etc', name), /^kvm:.*\n/m);
  const directory = join(root, 'usr/lib/sysusers.d');
  for (const name of readdirSync(directory)) edit(join(directory, name), /^g kvm .*\n/m);
  accountStates[state](root);
}

function appendGroup(root: string, name: string, gid: number): void {
  append(root, 'group', `${name}:x:${gid}:`);
  append(root, 'gshadow', `${name}:!::`);
}

function append(root: string, name: string, line: string): void {
  appendFileSync(join(root, 'etc', name), `${line}\n`);
}

function edit(path: string, removed: RegExp): void {
  writeFileSync(path, readFileSync(path, 'utf8').replace(removed, ''));
}

/** The accounts of a policy as a root has them now. */
export function readAccounts(root: string, { user, group, kvm }: Policy) {
  const read = (name: string) => readFileSync(join(root, 'etc', name), 'utf8');
  const [users, groups] = [parsePasswd(read('passwd')), parseGroup(read('group'))];
  const entry = findUser(users, user.name);
  return {
    user: entry,
    /** The name of the group that is the user's by passwd. */
    primary: entry === undefined ? null : nameOfGroup(groups, entry.gid),
    gid: findGroup(groups, group.name)?.gid ?? null,
    kvmGid: findGroup(groups, kvm.group.name)?.gid ?? null,
    members: findGroup(groups, kvm.group.name)?.members ?? [],
    hiddenMembers: fieldOf(read('gshadow'), kvm.group.name, 3).split(','),
    /** What stands for the password. */
    lock: fieldOf(read('shadow'), user.name, 1).slice(0, 1),
  };
}

function fieldOf(text: string, name: string, field: number): string {
  const line = text.split('\n').find((line) => line.startsWith(`${name}:`)) ?? '';
  return line.split(':')[field] ?? '';
}

/** Asserts that the accounts are the policy's, but for the ids that others have in that state. */
export function assertAccounts(
  root: string,
  { policy, target }: Choice,
  state: AccountState,
): void {
  const { user, primary, gid, kvmGid, ...membership } = readAccounts(root, policy);
  assert.ok(user, 'there is no such user');
  assert.equal(primary, policy.group.name);
  const { name, comment } = policy.user;
  assert.deepEqual(membership, { members: [name], hiddenMembers: [name], lock: '!' });
  if (state === 'the user exists') {
    assert.deepEqual([user.uid, user.gid, user.comment], [801, 800, 'made before']);
    return;
  }
  assert.deepEqual([user.comment, user.home], [comment, target.home]);
  assert.match(user.shell, /^(?:\/usr)?\/sbin\/nologin$/);
  assertId(user.uid, policy.user.uid, state === 'uid 107 is taken');
  assertId(gid, policy.group.gid, state === 'gid 107 is kvm');
  assertId(kvmGid, state === 'gid 107 is kvm' ? 107 : policy.kvm.group.gid, false);
}

// An id that somebody else has is replaced by another one of the system's range.
function assertId(actual: number | null, wanted: number | null, is107Taken: boolean): void {
  const isFree = wanted !== 107 || !is107Taken;
  if (wanted !== null && isFree) assert.equal(actual, wanted);
  else assert.ok(actual !== null && actual > 0 && actual < 1000 && actual !== wanted, `${actual}`);
}
