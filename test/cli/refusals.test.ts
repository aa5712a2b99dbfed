import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { makeTree, writeBelow } from '../support/host.ts';
import { runProvision } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const fresh = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
  'etc/group': 'root:x:0:\n',
};

const POLICY = 'etc/virt-privileges/policy.yaml';

interface Refusal {
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
  readonly exitCode: number;
  /** ROOT stands for the image's path. */
  readonly message: string;
}

const refusals: readonly Refusal[] = [
  {
    name: 'an unknown target',
    words: ['--target', 'fedora-4'],
    exitCode: 1,
    message: "target 'fedora-4' is not known",
  },
  {
    name: 'a release that is no target',
    files: { 'etc/os-release': 'ID=arch\n' },
    exitCode: 1,
    message: "target 'arch' is not known",
  },
  {
    name: 'no release at all',
    files: { 'etc/os-release': '' },
    exitCode: 1,
    message: 'ROOT/etc/os-release names no distribution',
  },
  {
    name: 'a policy with an unknown key',
    files: { 'etc/virt-privileges/policy.yaml': 'user:\n  uids: 5\n' },
    exitCode: 1,
    message: 'ROOT/etc/virt-privileges/policy.yaml:2:3: ',
  },
  {
    name: 'a policy with a wrong type',
    files: { 'etc/virt-privileges/policy.yaml': 'user: { uid: many }\n' },
    exitCode: 1,
    message: 'ROOT/etc/virt-privileges/policy.yaml:1:14: ',
  },
  {
    name: 'a policy with a duplicate key',
    files: { 'etc/virt-privileges/policy.yaml': 'user: {}\nuser: {}\n' },
    exitCode: 1,
    message: 'ROOT/etc/virt-privileges/policy.yaml:2:1: ',
  },
  {
    name: 'a policy with a tab',
    files: { 'etc/virt-privileges/policy.yaml': 'user:\n\tuid: 5\n' },
    exitCode: 1,
    message: 'ROOT/etc/virt-privileges/policy.yaml:2:1: ',
  },
  {
    name: 'an empty policy',
    files: { 'etc/virt-privileges/policy.yaml': '' },
    exitCode: 1,
    message: 'ROOT/etc/virt-privileges/policy.yaml:1:1: ',
  },
  {
    name: 'a policy file that is not there',
    words: ['--policy', '/nonexistent/policy.yaml'],
    exitCode: 1,
    message: 'cannot read /nonexistent/policy.yaml: no such file or directory',
  },
  {
    name: 'qemu.conf with a syntax error',
    files: { 'etc/libvirt/qemu.conf': '# fine\nuser = "x"\ngroup = oops\n' },
    exitCode: 1,
    message: 'configuration file syntax error: ROOT/etc/libvirt/qemu.conf:3: expecting a value',
  },
  {
    name: 'a gid that another group holds',
    files: { 'etc/group': 'root:x:0:\nkvm:x:64055:\n' },
    exitCode: 1,
    message: 'gid 64055 for group libvirt-qemu belongs to group kvm',
  },
  {
    name: 'gid 107, which is kvm’s on many a Debian',
    files: { 'etc/group': 'root:x:0:\nkvm:x:107:\n' },
    words: ['--target', 'fedora-44'],
    exitCode: 1,
    message: 'gid 107 for group qemu belongs to group kvm',
  },
  {
    name: 'a uid that another user holds',
    files: { 'etc/passwd': 'tss:x:64055:5:::\n' },
    exitCode: 1,
    message: 'uid 64055 for user libvirt-qemu belongs to user tss',
  },
];

for (const { name, files = {}, words = [], exitCode, message } of refusals) {
  test(`apply refuses ${name} and changes nothing`, (context) => {
    const root = makeTree(context, { ...fresh, ...files });
    const before = contents(root);
    const text = message.replace('ROOT', root);
    const result = runProvision('apply', '--root', root, ...words);
    assert.equal(result.exitCode, exitCode, result.stderr);
    assert.ok(result.stderr.includes(`provision: error: ${text}`), result.stderr);
    const { error } = JSON.parse(runProvision('apply', '--json', '--root', root, ...words).stdout);
    assert.ok(error.message.startsWith(text), error.message);
    assert.deepEqual(contents(root), before);
  });
}

function contents(directory: string): readonly string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return entry.isFile() ? `${path}: ${readFileSync(path, 'utf8')}` : path;
    })
    .sort();
}

test('what libvirt would refuse is an answer of qemu-conf, and a failure of whatever else', (context) => {
  const root = makeTree(context, { ...fresh, 'etc/libvirt/qemu.conf': 'b\n' });
  const statusOf = (words: string) => runProvision(...words.split(' '), '--root', root).exitCode;
  for (const words of ['qemu-conf show', 'qemu-conf get user', 'qemu-conf set user x'])
    assert.equal(statusOf(words), 3, words);
  for (const words of ['status', 'apply --dry-run --detailed-exitcode', 'apply --only qemu-conf'])
    assert.equal(statusOf(words), 1, words);
});

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

test('the JSON error has file and line', (context) => {
  const root = makeTree(context, { ...fresh, 'etc/libvirt/qemu.conf': 'a = 1\nb\n' });
  const path = `${root}/etc/libvirt/qemu.conf`;
  assert.deepEqual(JSON.parse(runProvision('status', '--json', '--root', root).stdout), {
    version: 1,
    error: {
      code: 'VP_QEMU_CONF_SYNTAX',
      message: `configuration file syntax error: ${path}:2: expecting an assignment`,
      hint: 'libvirt refuses this file too; a value is "text", a number, or a [list] of them',
      path,
      line: 2,
    },
  });
});

for (const [name, place, reason] of [
  ['missing', 'missing', 'it does not exist'],
  ['a file', 'file', 'not a directory'],
] as const) {
  test(`a root that is ${name}`, (context) => {
    const root = join(makeTree(context, { file: '' }), place);
    const { exitCode, stdout, stderr } = runProvision('apply', '--root', root);
    const [first] = stderr.split('\n');
    assert.deepEqual(
      [exitCode, stdout, first],
      [1, '', `provision: error: cannot use the root ${root}: ${reason}`],
    );
  });
}

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

test('generate writes a set, replaces it, and touches nobody else’s files', (context) => {
  const top = makeTree(context, { file: 'x', 'full/foreign': 'x' });
  const generate = (out: string, ...words: readonly string[]) =>
    runProvision('generate', '--target', 'fedora-44', '--out', join(top, out), ...words);
  assert.equal(generate('out').exitCode, 0);
  const names = readdirSync(join(top, 'out'));
  assert.ok(names.includes('virt-privileges-host.spec') && names.includes('manifest.json'));
  const manifest = JSON.parse(readFileSync(join(top, 'out/manifest.json'), 'utf8'));
  assert.equal(manifest.layout, 'usr');
  const document = JSON.parse(generate('out', '--layout', 'etc', '--json').stdout);
  assert.deepEqual(
    document.files.map(({ name }: { name: string }) => name).sort(),
    readdirSync(join(top, 'out')),
  );
  for (const out of ['file', 'full']) {
    const { exitCode, stderr } = generate(out);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^provision: error: cannot write to /);
  }
  writeBelow(top, 'out/more', '');
  assert.equal(generate('out').exitCode, 1);
  assert.deepEqual(readdirSync(top).sort(), ['file', 'full', 'out']);
});

test('an empty option never comes to mean the directory one stands in', () => {
  for (const words of [
    ['status', '--root', ''],
    ['policy', '--policy', ''],
    ['policy', '--target', ''],
    ['generate', '--target', 'fedora-44', '--out', ''],
  ]) {
    const { exitCode, stderr } = runProvision(...words);
    assert.equal(exitCode, 2, words.join(' '));
    assert.match(stderr, /it is empty/);
  }
});

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

test('an account that is root under another name is refused', rootOnly, (context) => {
  const passwd = `${fresh['etc/passwd']}libvirt-qemu:x:0:0::/:/bin/sh\n`;
  const root = makeTree(context, { ...fresh, 'etc/passwd': passwd });
  const { exitCode, stderr } = runProvision('apply', '--root', root);
  assert.equal(exitCode, 1);
  assert.match(stderr, /user libvirt-qemu exists with uid 0/);
  assert.equal(readFileSync(join(root, 'etc/passwd'), 'utf8'), passwd);
});

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
