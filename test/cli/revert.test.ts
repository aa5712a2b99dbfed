import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { describeRoot, makeOldRoot } from '../support/applied-root.ts';
import { makeTree, writeBelow } from '../support/host.ts';
import { type Run, runProvision } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const stays = `provision: info: what apply made of accounts stays: membership libvirt-qemu/kvm, user libvirt-qemu, group libvirt-qemu
provision: hint: \`provision revert --accounts\` removes those that nothing belongs to
`;
const nothing: Run = { exitCode: 0, stdout: 'no changes\n', stderr: '' };

function provision(root: string, ...words: readonly string[]): Run {
  return runProvision(...words, '--root', root);
}

function applied(context: TestContext, ...words: readonly string[]): string {
  const root = makeOldRoot(context);
  succeed(provision(root, 'apply', ...words));
  return root;
}

function succeed(result: Run): Run {
  assert.equal(result.exitCode, 0, result.stderr);
  return result;
}

function withoutAccounts(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !/^etc\/(passwd|group|shadow|gshadow) /.test(line));
}

function recordsOf(root: string): readonly string[] {
  return readdirSync(join(root, 'var/lib/virt-privileges/applies'));
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

const conf = 'etc/libvirt/qemu.conf';
const rules = 'etc/udev/rules.d/60-virt-privileges-kvm.rules';
const changes: readonly (readonly [string, (root: string) => void, string, RegExp])[] = [
  ['content', (root) => appendFileSync(join(root, conf), 'x = 1\n'), conf, /^\+x = 1$/m],
  ['mode (0660 -> 0600)', (root) => chmodSync(join(root, conf), 0o600), conf, /^$/],
  ['owner (0:0 -> 5:5)', (root) => chownSync(join(root, rules), 5, 5), rules, /^$/],
];

for (const [what, change, path, diff] of changes) {
  test(`refuses a file that was changed since: ${what}`, rootOnly, (context) => {
    const root = makeOldRoot(context);
    const before = describeRoot(root);
    succeed(provision(root, 'apply'));
    change(root);
    const changed = describeRoot(root);
    const refused = provision(root, 'revert');
    assert.equal(refused.exitCode, 1);
    const text = `error: cannot take back ${join(root, path)}: changed since: ${what}\n`;
    assert.ok(refused.stderr.includes(text), refused.stderr);
    assert.match(refused.stdout, diff);
    assert.deepEqual(describeRoot(root), changed, 'nothing was changed');
    const { error } = JSON.parse(provision(root, 'revert', '--json').stdout);
    assert.deepEqual([error.code, error.path], ['VP_REVERT_REFUSED', join(root, path)]);
    succeed(provision(root, 'revert', '--force', '--accounts'));
    assert.deepEqual(describeRoot(root), before);
  });
}

test('a file that was removed since comes back by force only', rootOnly, (context) => {
  const root = makeOldRoot(context);
  const before = describeRoot(root);
  succeed(provision(root, 'apply', '--only', 'qemu-conf'));
  rmSync(join(root, conf));
  assert.match(provision(root, 'revert').stderr, /qemu\.conf: it was removed since$/m);
  assert.match(
    succeed(provision(root, 'revert', '--force')).stdout,
    /^\+ file \/etc\/libvirt\/qemu/,
  );
  assert.deepEqual(describeRoot(root), before);
});

test('an edit between two applies is found before anything changes', rootOnly, (context) => {
  const root = applied(context, '--only', 'qemu-conf');
  appendFileSync(join(root, conf), '# an edit\n');
  succeed(provision(root, 'apply', '--only', 'qemu-conf', '--set', 'qemu_conf.user=other'));
  const changed = describeRoot(root);
  const { exitCode, stdout } = provision(root, 'revert');
  assert.equal(exitCode, 1);
  assert.match(stdout, /^\+# an edit\r?$/m);
  assert.deepEqual(describeRoot(root), changed);
  succeed(provision(root, 'revert', '--last'));
  assert.match(readFileSync(join(root, conf), 'utf8'), /# an edit/);
});

test('a file that somebody put back by hand counts as taken back', rootOnly, (context) => {
  const root = makeOldRoot(context);
  const before = describeRoot(root);
  succeed(provision(root, 'apply'));
  rmSync(join(root, 'etc/tmpfiles.d/zz-virt-privileges-kvm.conf'));
  const { stdout } = succeed(provision(root, 'revert', '--accounts'));
  assert.doesNotMatch(stdout, /tmpfiles/);
  assert.deepEqual(describeRoot(root), before, 'the directory that it was in has gone too');
});

test('a directory that somebody uses meanwhile stays', rootOnly, (context) => {
  const root = applied(context);
  writeBelow(root, 'etc/tmpfiles.d/own.conf', '');
  succeed(provision(root, 'revert'));
  assert.deepEqual(readdirSync(join(root, 'etc/tmpfiles.d')), ['own.conf']);
  assert.equal(existsSync(join(root, 'etc/sysusers.d')), false);
});

test(
  'a link in the place of a file is not written through, by force neither',
  rootOnly,
  (context) => {
    const root = applied(context, '--only', 'qemu-conf');
    const victim = makeTree(context, { file: 'kept' });
    rmSync(join(root, conf));
    symlinkSync(join(victim, 'file'), join(root, conf));
    assert.match(
      provision(root, 'revert', '--force').stderr,
      /qemu\.conf: it is a symbolic link$/m,
    );
    assert.equal(readFileSync(join(victim, 'file'), 'utf8'), 'kept');
  },
);

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
