import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseGroup } from '../../src/formats/group.ts';
import { parsePasswd } from '../../src/formats/passwd.ts';
import { payloadOf, targets } from '../support/provision.ts';
import { isRoot, makeScratch } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

const options = isRoot
  ? needs('systemd-sysusers')
  : { skip: 'needs root: systemd-sysusers locks /etc' };

interface Accounts {
  readonly status: number | null;
  readonly user: unknown;
  readonly groups: readonly string[];
}

/** What the real program makes of our files in an otherwise empty root. */
function applySysusers(
  context: TestContext,
  id: string,
  policy: string,
  before: Before = {},
): Accounts {
  const root = makeScratch(context);
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/passwd'), before.passwd ?? '');
  writeFileSync(join(root, 'etc/group'), before.group ?? '');
  const directory = join(root, 'usr/lib/sysusers.d');
  mkdirSync(directory, { recursive: true });
  for (const { name, text } of payloadOf(id, policy).files) {
    if (!name.endsWith('.sysusers')) continue;
    writeFileSync(join(directory, name.replace(/sysusers$/, 'conf')), obeyable(text));
  }
  const { status } = runTool('systemd-sysusers', ['--root', root]);
  return { status, ...readAccounts(root) };
}

// Programs before 257 do nothing for a `u!` line; the real ones of other releases are in test/packages.
const { stdout: version } = runTool('systemd-sysusers', ['--version']);
const canLock = Number(/^systemd (\d+)/.exec(version)?.[1]) >= 257;

function obeyable(text: string): string {
  return canLock ? text : text.replaceAll(/^u! /gm, 'u ');
}

interface Before {
  readonly passwd?: string;
  readonly group?: string;
}

function readAccounts(root: string): Omit<Accounts, 'status'> {
  const users = parsePasswd(readFileSync(join(root, 'etc/passwd'), 'utf8'));
  const groups = parseGroup(readFileSync(join(root, 'etc/group'), 'utf8'));
  const printed = groups.map(({ name, gid, members }) => `${name}:${gid}:${members.join(',')}`);
  return { user: users.at(-1), groups: printed.sort() };
}

const fedora = {
  status: 0,
  user: {
    name: 'qemu',
    uid: 107,
    gid: 107,
    comment: 'qemu user',
    home: '/',
    shell: '/usr/sbin/nologin',
  },
  groups: ['kvm:36:qemu', 'qemu:107:'],
};
const nologin = {
  ...fedora.user,
  name: 'libvirt-qemu',
  uid: 64055,
  gid: 64055,
  comment: 'Libvirt Qemu',
  home: '/var/lib/libvirt',
};

for (const { id, group, rpmMacro } of targets) {
  test(`${id}: systemd-sysusers makes exactly the accounts of the policy`, options, (context) => {
    const made = applySysusers(context, id, 'kvm: {group: {gid: 36}}\n');
    const groups = ['kvm:36:libvirt-qemu', 'libvirt-qemu:64055:'];
    const debian =
      group === 'kvm'
        ? { status: 0, user: { ...nologin, gid: 36 }, groups: groups.slice(0, 1) }
        : { status: 0, user: nologin, groups };
    assert.deepEqual(made, rpmMacro === null ? debian : fedora);
  });
}

test('other names, ids and comment are taken over', options, (context) => {
  const policy =
    'user: {name: vm_1-x, uid: 5, comment: "A. B, (c) d@e/f+g-h"}\ngroup: {name: vms, gid: 6}\nkvm: {group: {name: kvm2, gid: 7}}\n';
  assert.deepEqual(applySysusers(context, 'fedora-44', policy), {
    status: 0,
    user: { ...fedora.user, name: 'vm_1-x', uid: 5, gid: 6, comment: 'A. B, (c) d@e/f+g-h' },
    groups: ['kvm2:7:vm_1-x', 'vms:6:'],
  });
});

test(
  'a gid that Debian’s kvm has already is kept, and the user is its member',
  options,
  (context) => {
    const made = applySysusers(context, 'debian-12', 'user: {comment: x}\n', {
      group: 'kvm:x:107:\n',
    });
    assert.deepEqual(made.groups, ['kvm:107:libvirt-qemu', 'libvirt-qemu:64055:']);
  },
);

test('null ids are chosen by the program, and the user has the group', options, (context) => {
  const policy = 'user: {uid: null}\ngroup: {gid: null}\nkvm: {group: {gid: null}}\n';
  const { status, user, groups } = applySysusers(context, 'fedora-44', policy);
  assert.equal(status, 0);
  assert.equal(groups.length, 2);
  const gid = groups.find((group) => group.startsWith('qemu:'))?.split(':')[1];
  assert.equal((user as { gid: number }).gid, Number(gid));
});

// Why nobody may believe the exit status: the plan must look at who has the ids, and read them back.
test('trap: a gid or uid that is taken gives another one and exit status 0', options, (context) => {
  const taken = applySysusers(context, 'fedora-44', 'qemu_conf: {}\n', { group: 'kvm:x:107:\n' });
  assert.equal(taken.status, 0);
  assert.ok(taken.groups.includes('kvm:107:qemu'), 'the existing group keeps its gid');
  const group = taken.groups.find((line) => line.startsWith('qemu:')) ?? '';
  assert.match(group, /^qemu:\d+:$/);
  assert.notEqual(group, 'qemu:107:');
  const passwd = 'other:x:107:107::/:/bin/sh\n';
  const other = applySysusers(context, 'fedora-44', 'qemu_conf: {}\n', {
    passwd,
    group: 'other:x:108:\n',
  });
  assert.equal(other.status, 0);
  assert.notEqual((other.user as { uid: number }).uid, 107);
});

test('trap: an account that exists is left as it is, with exit status 0', options, (context) => {
  const before = { passwd: 'qemu:x:300:301:mine:/:/bin/sh\n', group: 'qemu:x:301:\nkvm:x:36:\n' };
  const { status, user, groups } = applySysusers(context, 'fedora-44', 'qemu_conf: {}\n', before);
  assert.equal(status, 0);
  assert.deepEqual(user, {
    name: 'qemu',
    uid: 300,
    gid: 301,
    comment: 'mine',
    home: '/',
    shell: '/bin/sh',
  });
  assert.deepEqual(groups, ['kvm:36:qemu', 'qemu:301:']);
});
