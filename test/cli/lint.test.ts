import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { awaitValue } from '../support/emulators.ts';
import { makeTree } from '../support/host.ts';
import { fedora, lint, lintText, own, show } from '../support/run-lint.ts';
import { runProvision } from '../support/run-provision.ts';
import { needs } from '../support/tool.ts';

const good = 'KERNEL=="kvm", GROUP="kvm", MODE="0666"\n';

const kinds: readonly (readonly [string, string, readonly string[]])[] = [
  ['60-x.rules', 'MODE="0999"\n', ['60-x.rules:1 error VP_LINT_MODE']],
  ['x.udev', 'MODE="0999"\n', ['x.udev:1 error VP_LINT_MODE']],
  ['x.sysusers', 'u a 65535\n', ['x.sysusers:1 error VP_LINT_ACCOUNT']],
  ['sysusers.d/x.conf', 'u a 65535\n', ['x.conf:1 error VP_LINT_ACCOUNT']],
  ['zz.tmpfiles', 'z /x 0999\n', ['zz.tmpfiles:1 error VP_LINT_MODE']],
  ['tmpfiles.d/zz.conf', 'z /x 0999\n', ['zz.conf:1 error VP_LINT_MODE']],
  ['qemu.conf', 'user = "a"\ngroup = qemu\n', ['qemu.conf:2 error VP_QEMU_CONF_SYNTAX']],
  ['policy.yaml', 'kvm:\n  mode: 666\n', ['policy.yaml:2:9 error VP_POLICY_INVALID']],
  ['policy.yaml', 'kvm: [\n', ['policy.yaml:2:1 error VP_POLICY_SYNTAX']],
  ['policy.yaml', 'user: {comment: "2>3/x"}\n', ['policy.yaml:1:17 error VP_POLICY_INVALID']],
];

for (const [name, text, expected] of kinds) {
  test(`${name}: ${JSON.stringify(text)}`, (context) => {
    const { exitCode, version, findings, stderr } = lintText(context, name, text);
    assert.deepEqual(own(findings).map(show), expected);
    assert.deepEqual([exitCode, version, stderr], [3, 1, '']);
  });
}

test('what is right has no finding that counts, and exits 0', (context) => {
  const tree = makeTree(context, { ...fedora, '60-x.rules': good });
  const { exitCode, findings } = lint('--root', tree, join(tree, '60-x.rules'));
  assert.deepEqual([exitCode, own(findings)], [0, []]);
});

test('for people: lines on stdout with hints beneath', (context) => {
  const tree = makeTree(context, { 'zz.tmpfiles': 'z x\n' });
  const file = join(tree, 'zz.tmpfiles');
  const { exitCode, stdout, stderr } = runProvision(
    'lint',
    '--target',
    'fedora-44',
    '--root',
    tree,
    file,
  );
  assert.deepEqual([exitCode, stderr], [3, '']);
  assert.ok(
    stdout.startsWith(`${file}:1: error: the path x is not absolute\n  hint: see tmpfiles.d(5)\n`),
  );
});

test('a file that is not there is said to be so, whatever its name', (context) => {
  const path = join(makeTree(context), 'nosuch');
  const { exitCode, error } = lint('--target', 'fedora-44', path);
  assert.equal(exitCode, 1);
  assert.equal(error.code, 'VP_FILE_READ');
  assert.equal(error.message, `cannot read ${path}: no such file or directory`);
});

test('a file of an unknown kind is a matter of usage', (context) => {
  const path = join(makeTree(context, { 'x.txt': '' }), 'x.txt');
  const { exitCode, error } = lint('--target', 'fedora-44', path);
  assert.equal(exitCode, 2);
  assert.equal(error.code, 'VP_USAGE');
  assert.equal(error.message, `cannot tell what kind of file ${path} is`);
  assert.match(error.hint, /^by its name: \*\.rules, /);
});

for (const [name, message] of [
  ['absent.rules', 'no such file or directory'],
  ['directory.rules', 'no such file or directory'],
] as const) {
  test(`a file that cannot be read: ${name}`, (context) => {
    const tree = makeTree(context, { 'directory.rules/x': '' });
    const { exitCode, error } = lint('--target', 'fedora-44', join(tree, name));
    assert.equal(exitCode, 1);
    assert.equal(error.code, 'VP_FILE_READ');
    assert.ok(error.message.endsWith(message), error.message);
  });
}

test('a file that is too large for configuration', (context) => {
  const { exitCode, error } = lintText(context, 'x.rules', `#${'x'.repeat(1024 * 1024)}`);
  assert.equal(exitCode, 1);
  assert.ok(error.message.endsWith('x.rules: larger than 1 MiB'), error.message);
});

test('systemd-sysusers is asked with a copy', needs('systemd-sysusers'), (context) => {
  const { findings } = lintText(context, 'x.sysusers', 'g a 5\ng a 6\n');
  const said = findings.filter(({ code }) => code === 'VP_LINT_TOOL');
  assert.deepEqual(
    said.map(({ line, severity, message }) => [line, severity, message]),
    [
      [
        2,
        'warning',
        "systemd-sysusers: Conflict with earlier configuration for group 'a', ignoring line.",
      ],
    ],
  );
  assert.ok(said[0]?.path?.endsWith('/x.sysusers'));
});

test('no scratch copy is left', async (context) => {
  const list = () => readdirSync('/tmp').filter((name) => name.startsWith('virt-privileges-lint-'));
  const before = list();
  lintText(context, 'x.sysusers', 'g a 5\n');
  const fresh = list().filter((name) => !before.includes(name));
  // Another test may lint at this moment: its copies go when it has ended, one that is left stays.
  await awaitValue(() => (list().some((name) => fresh.includes(name)) ? undefined : true));
});

test('--help shows an example first', () => {
  const { exitCode, stdout } = runProvision('lint', '--help');
  assert.equal(exitCode, 0);
  assert.match(stdout, /^Example:\n {2}provision lint /);
});
