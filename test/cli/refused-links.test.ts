import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { makeTree } from '../support/host.ts';
import { runProvision } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const fresh = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
  'etc/group': 'root:x:0:\n',
};

const POLICY = 'etc/virt-privileges/policy.yaml';

for (const [name, path, link, found] of [
  ['the policy', POLICY, 'missing.yaml', `${POLICY} is a link to nothing`],
  ['the policy, out of the root', POLICY, '/etc/hostname', `${POLICY} is a link to nothing`],
  ['its directory', 'etc/virt-privileges', '/gone', 'etc/virt-privileges is a link to nothing'],
] as const) {
  test(`a link to nothing in the place of ${name} never means the defaults`, (context) => {
    const root = makeTree(context, { ...fresh, 'etc/virt-privileges.d/x': '' });
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(link, join(root, path));
    for (const command of ['policy', 'status', 'apply']) {
      const { exitCode, stderr } = runProvision(command, '--root', root);
      assert.equal(exitCode, 1);
      const [first] = stderr.split('\n');
      assert.equal(first, `provision: error: cannot read the policy of ${root}: ${root}/${found}`);
    }
    const { error } = JSON.parse(runProvision('policy', '--json', '--root', root).stdout);
    assert.equal(error.code, 'VP_FILE_READ');
  });
}

test('a file in the place of the policy’s directory never means the defaults', (context) => {
  const root = makeTree(context, { ...fresh, 'etc/virt-privileges': '' });
  const { exitCode, stderr } = runProvision('policy', '--root', root);
  assert.equal(exitCode, 1);
  assert.ok(stderr.includes(`${root}/etc/virt-privileges is in the way\n`), stderr);
});

test('a link to a policy inside the root is followed', (context) => {
  const root = makeTree(context, {
    ...fresh,
    'etc/virt-privileges/mine': 'user: { name: vmuser }\n',
  });
  symlinkSync('/etc/virt-privileges/mine', join(root, POLICY));
  assert.match(runProvision('policy', '--root', root).stdout, /name: vmuser +# .*policy\.yaml/);
});

test('a link in an image leads no write out of it', rootOnly, (context) => {
  const victim = makeTree(context, { 'rules.d/kept': '' });
  const root = makeTree(context, fresh);
  symlinkSync(victim, join(root, 'etc/udev'));
  const refused = runProvision('apply', '--root', root);
  assert.equal(refused.exitCode, 1);
  assert.match(
    refused.stderr,
    /error: cannot write through \S+\/etc\/udev: it is a symbolic link\n/,
  );
  // Inside the image the same link is a fine one.
  mkdirSync(join(root, victim), { recursive: true });
  assert.equal(runProvision('apply', '--root', root).exitCode, 0);
  assert.deepEqual(readdirSync(join(victim, 'rules.d')), ['kept']);
  assert.deepEqual(readdirSync(join(root, victim, 'rules.d')), ['60-virt-privileges-kvm.rules']);
});

test('a link in the place of a file is neither followed nor replaced', rootOnly, (context) => {
  const victim = makeTree(context, { file: 'kept' });
  const root = makeTree(context, { ...fresh, 'etc/sysusers.d/x': '' });
  symlinkSync(join(victim, 'file'), join(root, 'etc/sysusers.d/virt-privileges.conf'));
  const { exitCode, stderr } = runProvision('apply', '--root', root);
  assert.equal(exitCode, 1);
  assert.match(stderr, /cannot write through \S+\/virt-privileges.conf: it is a symbolic link/);
  assert.equal(readFileSync(join(victim, 'file'), 'utf8'), 'kept');
  assert.equal(readFileSync(join(root, 'etc/group'), 'utf8'), fresh['etc/group']);
});

for (const path of ['etc', 'etc/passwd', 'etc/gshadow', 'etc/group-', 'etc/passwd+']) {
  test(`account tools do not follow a link in the place of ${path}`, rootOnly, (context) => {
    const outside = makeTree(context, { etc: '', 'policy.yaml': 'user: {}\n' });
    const given = ['--target', 'debian-12', '--policy', join(outside, 'policy.yaml')];
    const root = makeTree(context, path === 'etc' ? {} : { 'etc/os-release': '' });
    symlinkSync(join(outside, 'etc'), join(root, path));
    const { exitCode, stderr } = runProvision('apply', ...given, '--root', root);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      new RegExp(
        `error: /${path.replace('+', '\\+')} of \\S+ is not root’s alone, or no regular file`,
      ),
    );
    assert.equal(readFileSync(join(outside, 'etc'), 'utf8'), '');
  });
}

test(
  'a pipe in the place of an account file, or of the policy, hangs nobody',
  rootOnly,
  (context) => {
    const root = makeTree(context, fresh);
    execFileSync('mkfifo', [join(root, 'etc/.pwd.lock'), join(root, 'policy')]);
    const apply = runProvision('apply', '--root', root);
    assert.equal(apply.exitCode, 1);
    assert.match(apply.stderr, /\.pwd\.lock of \S+ is not root’s alone, or no regular file/);
    const policy = runProvision('policy', '--root', root, '--policy', join(root, 'policy'));
    assert.equal(policy.exitCode, 1);
    assert.match(policy.stderr, /cannot read \S+policy: it is no regular file/);
  },
);

// Whoever owns a directory of an image can put a link in its place while an account tool is at work in it.
for (const path of ['.', 'etc', 'etc/default']) {
  test(`accounts of an image whose ${path} is somebody else’s are refused`, rootOnly, (context) => {
    const tree = makeTree(context, { 'etc/os-release': 'ID=debian\nVERSION_ID=12\n' });
    mkdirSync(join(tree, 'etc/default'), { recursive: true });
    const apply = () => runProvision('apply', '--only', 'accounts', '--root', tree);
    chownSync(join(tree, path), 1234, 1234);
    const { exitCode, stderr } = apply();
    assert.equal(exitCode, 1);
    assert.match(stderr, /is not root’s alone/);
    chownSync(join(tree, path), 0, 0);
    chmodSync(join(tree, path), 0o777);
    assert.equal(apply().exitCode, 1);
    chmodSync(join(tree, path), 0o755);
    assert.equal(apply().exitCode, 0);
  });
}
