import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeRoot, makeOldRoot } from '../support/applied-root.ts';
import { makeTree, writeBelow } from '../support/host.ts';
import { applied, conf, provision, recordsOf, succeed } from '../support/reverted-root.ts';
import type { Run } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const stays = `provision: info: what apply made of accounts stays: membership libvirt-qemu/kvm, user libvirt-qemu, group libvirt-qemu
provision: hint: \`provision revert --accounts\` removes those that nothing belongs to
`;
const nothing: Run = { exitCode: 0, stdout: 'no changes\n', stderr: '' };

function withoutAccounts(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !/^etc\/(passwd|group|shadow|gshadow) /.test(line));
}

test(
  'gives back exactly what was there, and takes accounts only when asked',
  rootOnly,
  (context) => {
    const root = makeOldRoot(context);
    const before = describeRoot(root);
    succeed(provision(root, 'apply'));
    const after = describeRoot(root);
    const plan = `~ file /etc/libvirt/qemu.conf (content)
- file /etc/tmpfiles.d/zz-virt-privileges-kvm.conf
~ file /etc/udev/rules.d/60-virt-privileges-kvm.rules (content, mode 0644 -> 0604)
- file /etc/sysusers.d/zz-virt-privileges-members.conf
- file /etc/sysusers.d/virt-privileges.conf
2 to give back, 3 to remove
`;
    const dry = provision(root, 'revert', '--dry-run');
    assert.deepEqual(dry, { exitCode: 0, stdout: plan, stderr: stays });
    assert.deepEqual(describeRoot(root), after, 'a dry run changes nothing');
    const done = 'provision: info: 5 changes taken back\n';
    assert.deepEqual(provision(root, 'revert'), {
      exitCode: 0,
      stdout: plan,
      stderr: stays + done,
    });
    assert.deepEqual(withoutAccounts(describeRoot(root)), withoutAccounts(before));
    assert.deepEqual(provision(root, 'revert'), { ...nothing, stderr: stays });
    assert.deepEqual(provision(root, 'revert', '--accounts'), {
      exitCode: 0,
      stdout: `- membership libvirt-qemu/kvm
- user libvirt-qemu (uid 64055)
- group libvirt-qemu (gid 64055)
0 to give back, 3 to remove
`,
      stderr: 'provision: info: 3 changes taken back\n',
    });
    assert.deepEqual(describeRoot(root), before);
    assert.deepEqual(recordsOf(root), []);
    assert.deepEqual(provision(root, 'revert', '--accounts'), nothing);
  },
);

test(
  'a root that was never applied to: nothing to do, and nothing is made',
  rootOnly,
  (context) => {
    const root = makeTree(context);
    assert.deepEqual(provision(root, 'revert', '--accounts'), nothing);
    assert.deepEqual(readdirSync(root), []);
  },
);

test('the document', rootOnly, (context) => {
  const root = applied(context, '--only', 'qemu-conf');
  const document = JSON.parse(succeed(provision(root, 'revert', '--json', '--diff')).stdout);
  const { version, changed, changes, findings, diffs } = document;
  assert.deepEqual([version, document.root, changed, findings], [1, root, true, []]);
  const [{ before, after, ...change }] = changes;
  const id = '/etc/libvirt/qemu.conf';
  assert.deepEqual(change, { kind: 'file', id, action: 'update', done: true });
  assert.deepEqual([after.uid, after.gid, after.mode], [12, 34, '0660']);
  assert.notEqual(before.sha256, after.sha256);
  assert.doesNotMatch(JSON.stringify(changes), /vnc_password/);
  assert.equal(diffs[0].path, id);
  assert.match(diffs[0].diff, /^-user = "libvirt-qemu" # old\r\n\+user = "root" # old\r$/m);
});

test('all applies, or the last', rootOnly, (context) => {
  const root = makeOldRoot(context);
  const before = describeRoot(root);
  const setUser = (name: string) =>
    succeed(provision(root, 'apply', '--only', 'qemu-conf', '--set', `qemu_conf.user=${name}`));
  setUser('one');
  const first = describeRoot(root);
  setUser('two');
  setUser('three');
  assert.deepEqual(recordsOf(root), ['000001.json', '000002.json', '000003.json']);
  for (const _ of ['three', 'two']) succeed(provision(root, 'revert', '--last'));
  assert.deepEqual(describeRoot(root), first);
  setUser('two');
  succeed(provision(root, 'revert'));
  assert.deepEqual(describeRoot(root), before);
});

const owners: readonly (readonly [string, (root: string) => void, RegExp])[] = [
  [
    'a file of the user',
    (root) => {
      writeBelow(root, 'var/lib/libvirt/images/deep/disk', '');
      chownSync(join(root, 'var/lib/libvirt/images/deep/disk'), 64055, 0);
    },
    /warning: user libvirt-qemu stays: \/var\/lib\/libvirt\/images\/deep\/disk belongs to it$/m,
  ],
  [
    'a directory of the group',
    (root) => {
      mkdirSync(join(root, 'home/x'), { recursive: true });
      chownSync(join(root, 'home/x'), 0, 64055);
    },
    /warning: group libvirt-qemu stays: \/home\/x belongs to it$/m,
  ],
  [
    'a user in the group',
    (root) => {
      appendFileSync(join(root, 'etc/passwd'), 'friend:x:500:64055::/:/bin/sh\n');
    },
    /warning: group libvirt-qemu stays: user friend is in it$/m,
  ],
  [
    'another id than it was made with',
    (root) => {
      const path = join(root, 'etc/passwd');
      writeFileSync(path, readFileSync(path, 'utf8').replace(':64055:', ':64056:'));
    },
    /warning: user libvirt-qemu stays: its id is 64056, and it was made with 64055$/m,
  ],
];

for (const [name, prepare, message] of owners) {
  test(`an account stays with ${name}`, rootOnly, (context) => {
    const root = applied(context, '--only', 'accounts');
    prepare(root);
    const { exitCode, stderr } = provision(root, 'revert', '--accounts');
    assert.equal(exitCode, 3, stderr);
    assert.match(stderr, message);
    assert.match(readFileSync(join(root, 'etc/group'), 'utf8'), /^libvirt-qemu:x:64055:/m);
    const again = provision(root, 'revert', '--accounts');
    assert.equal(again.exitCode, 3);
    assert.match(again.stderr, message, 'it is still known who made it');
  });
}

test('accounts that were there before are never removed', rootOnly, (context) => {
  const root = makeOldRoot(context);
  appendFileSync(join(root, 'etc/group'), 'libvirt-qemu:x:64055:\n');
  appendFileSync(join(root, 'etc/gshadow'), 'libvirt-qemu:!::\n');
  const before = describeRoot(root);
  succeed(provision(root, 'apply'));
  const { stdout } = succeed(provision(root, 'revert', '--accounts'));
  assert.match(stdout, /^- user libvirt-qemu/m);
  assert.doesNotMatch(stdout, /^- group/m);
  assert.deepEqual(describeRoot(root), before);
});

test(
  'a record that cannot be read is kept, and nothing older is taken back',
  rootOnly,
  (context) => {
    const root = makeOldRoot(context);
    const setUser = (name: string) =>
      provision(root, 'apply', '--only', 'qemu-conf', '--set', `qemu_conf.user=${name}`);
    for (const name of ['one', 'two', 'three']) succeed(setUser(name));
    const record = join(root, 'var/lib/virt-privileges/applies/000002.json');
    writeFileSync(record, '{"version":2}');
    const changed = describeRoot(root);
    const refused = provision(root, 'revert');
    assert.equal(refused.exitCode, 1);
    assert.ok(
      refused.stderr.includes(`error: cannot use the record ${record}: its version is 2\n`),
    );
    assert.deepEqual(describeRoot(root), changed);
    succeed(provision(root, 'revert', '--last'));
    assert.equal(provision(root, 'revert', '--last').exitCode, 1, 'now it is the newest');
    const again = succeed(setUser('four'));
    assert.match(again.stderr, /^provision: warning: cannot use the record \S+000002\.json: /m);
    assert.deepEqual(recordsOf(root), ['000001.json', '000002.json', '000003.json']);
    assert.equal(readFileSync(record, 'utf8'), '{"version":2}');
  },
);

test('records that others could have written are not used', rootOnly, (context) => {
  const root = applied(context);
  const directory = join(root, 'var/lib/virt-privileges/applies');
  for (const spoil of [() => chmodSync(directory, 0o770), () => chownSync(directory, 5, 5)]) {
    spoil();
    const { exitCode, stderr } = provision(root, 'revert');
    assert.equal(exitCode, 1);
    assert.match(stderr, /error: cannot use \S+\/applies: it belongs to uid [05] with mode 770$/m);
  }
});

test('running as root is taken back like anything else, and warned of', rootOnly, (context) => {
  const root = applied(context);
  const before = describeRoot(root);
  const words = ['--set', 'qemu_conf.user=root', '--set', 'qemu_conf.group=root'];
  const { stderr } = succeed(provision(root, 'apply', ...words));
  assert.match(stderr, /^provision: warning: the policy lets QEMU run as root/m);
  assert.match(readFileSync(join(root, conf), 'utf8'), /^user = "root" # old\r$/m);
  succeed(provision(root, 'revert', '--last'));
  assert.deepEqual(describeRoot(root), before);
});
