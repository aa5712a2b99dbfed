import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targets } from '../support/provision.ts';
import { runProvision } from '../support/run-provision.ts';

const usage: readonly (readonly [readonly string[], string])[] = [
  [[], 'no command given'],
  [['nonsense'], "unknown command 'nonsense'"],
  [['apply', '--nonsense'], "unknown option '--nonsense'"],
  [['apply', 'word'], "too many arguments for 'apply'. Expected 0 arguments but got 1."],
  [['apply', '--root'], "option '--root <dir>' argument missing"],
  [['generate'], "required option '--out <dir>' not specified"],
  [
    ['generate', '--out', 'x', '--layout', 'opt'],
    "option '--layout <layout>' argument 'opt' is invalid. Allowed choices are usr, etc.",
  ],
  [
    ['apply', '--only', 'accounts,disks'],
    "option '--only <parts>' argument 'accounts,disks' is invalid. the parts are accounts, device, qemu-conf.",
  ],
];

for (const [words, message] of usage) {
  test(`usage: provision ${words.join(' ')}`, () => {
    const { exitCode, stdout, stderr } = runProvision(...words);
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.equal(stderr.split('\n')[0], `provision: error: ${message}`);
    assert.match(stderr, /provision: hint: see `provision --help`\n$/);
  });
}

test('a usage error as JSON', () => {
  const { exitCode, stdout } = runProvision('apply', '--json', '--nonsense');
  assert.equal(exitCode, 2);
  assert.deepEqual(JSON.parse(stdout), {
    version: 1,
    error: {
      code: 'VP_USAGE',
      message: "unknown option '--nonsense'",
      hint: 'see `provision --help`',
    },
  });
});

for (const command of ['', 'targets', 'policy', 'generate', 'apply', 'status']) {
  test(`--help of ${command || 'the program'} shows an example first`, () => {
    const words = command === '' ? ['--help'] : [command, '--help'];
    const { exitCode, stdout, stderr } = runProvision(...words);
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, new RegExp(`^Example:\\n  provision ${command}`));
    assert.match(stdout, /--root <dir>/);
  });
}

test('--version', () => {
  const { exitCode, stdout } = runProvision('--version');
  assert.equal(exitCode, 0);
  assert.match(stdout, /^provision \d+\.\d+\.\d+\n$/);
});

test('global options stand before or behind the command', () => {
  const words = ['--target', 'fedora-44'];
  const before = runProvision(...words, 'policy');
  assert.match(before.stdout, /^ {2}uid: 107 +# target fedora-44$/m);
  assert.deepEqual(runProvision('policy', ...words), before);
});

test('targets as a document has the promised fields', () => {
  const { stdout } = runProvision('targets', '--json');
  const document = JSON.parse(stdout);
  assert.equal(document.version, 1);
  assert.deepEqual(
    document.targets.map(({ id }: { id: string }) => id),
    targets.map(({ id }) => id),
  );
  assert.deepEqual(Object.keys(document.targets[0]), [
    'id',
    'rpm',
    'systemd',
    'accounts',
    'udev',
    'user',
    'uid',
    'group',
    'gid',
    'kvmGroup',
    'kvmGid',
    'kvmMode',
    'sources',
  ]);
});

test('targets as a table has a line for each', () => {
  const lines = runProvision('targets').stdout.trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^TARGET +RPM +SYSTEMD +ACCOUNTS/);
  assert.equal(lines.length, targets.length + 1);
});
