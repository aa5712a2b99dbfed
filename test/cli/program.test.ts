import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProvision } from '../support/run-provision.ts';

const usage: readonly (readonly [readonly string[], string])[] = [
  [[], 'no command given'],
  [['nonsense'], "unknown command 'nonsense'"],
  [['nonsense', '--help'], "unknown command 'nonsense'"],
  [['help', 'nonsense'], "unknown command 'nonsense'"],
  [['qemu-conf', 'nonsense', '--help'], "unknown command 'nonsense'"],
  [['apply', '--nonsense'], "unknown option '--nonsense'"],
  [['apply', 'word'], "too many arguments for 'apply'. Expected 0 arguments but got 1."],
  [['apply', '--root'], "option '--root <dir>' argument missing"],
  [['generate'], "required option '--out <dir>' not specified"],
  [
    ['generate', '--out', 'x', '--layout', 'opt'],
    "option '--layout <layout>' argument 'opt' is invalid. Allowed choices are usr, etc.",
  ],
  [
    ['status', '--only', 'disks'],
    "option '--only <parts>' argument 'disks' is invalid. the parts are accounts, device, qemu-conf, service.",
  ],
  [
    ['apply', '--only', 'accounts,disks'],
    "option '--only <parts>' argument 'accounts,disks' is invalid. the parts are accounts, device, qemu-conf, service.",
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

for (const command of ['', 'targets', 'policy', 'generate', 'lint', 'apply', 'status', 'audit']) {
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
