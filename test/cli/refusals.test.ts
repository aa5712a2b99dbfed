import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTree, writeBelow } from '../support/host.ts';
import { runProvision } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const fresh = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
  'etc/group': 'root:x:0:\n',
};

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

test('an account that is root under another name is refused', rootOnly, (context) => {
  const passwd = `${fresh['etc/passwd']}libvirt-qemu:x:0:0::/:/bin/sh\n`;
  const root = makeTree(context, { ...fresh, 'etc/passwd': passwd });
  const { exitCode, stderr } = runProvision('apply', '--root', root);
  assert.equal(exitCode, 1);
  assert.match(stderr, /user libvirt-qemu exists with uid 0/);
  assert.equal(readFileSync(join(root, 'etc/passwd'), 'utf8'), passwd);
});
