import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTree } from '../support/host.ts';
import { fedora, lint, own, show } from '../support/run-lint.ts';

const good = 'KERNEL=="kvm", GROUP="kvm", MODE="0666"\n';

test('a file together with what the root has: accounts, and rules that win', (context) => {
  const tree = makeTree(context, {
    ...fedora,
    'etc/udev/rules.d/99-kvm4all.rules': 'KERNEL=="kvm", MODE="0660"\n',
    '60-x.rules': good,
    'x.sysusers': 'g qemu 36\nu qemu 107:qemu\n',
  });
  const { exitCode, findings } = lint(
    '--root',
    tree,
    join(tree, '60-x.rules'),
    join(tree, 'x.sysusers'),
  );
  assert.equal(exitCode, 3);
  assert.deepEqual(
    own(findings).map(({ message }) => message),
    [
      'gid 36 belongs to group kvm: qemu gets another one, and systemd-sysusers exits 0',
      `MODE="0666" for /dev/kvm is overridden by MODE="0660" in ${tree}/etc/udev/rules.d/99-kvm4all.rules:1`,
    ],
  );
});

test('a root of another release is not asked, and that is said', (context) => {
  const tree = makeTree(context, { ...fedora, 'x.sysusers': 'g qemu 36\n' });
  const { exitCode, findings } = lint(
    '--root',
    tree,
    '--target',
    'debian-12',
    join(tree, 'x.sysusers'),
  );
  assert.equal(exitCode, 0);
  const said = findings.find(({ message }) => message.includes('another release'));
  assert.equal(
    said?.message,
    `the accounts and files of ${tree} were not looked at: it has another release`,
  );
});

test('a root as it is: what names kvm, and which counts', (context) => {
  const { exitCode, findings } = lint('--root', makeTree(context, fedora));
  assert.equal(exitCode, 0);
  assert.deepEqual(
    own(findings).map(({ severity, message }) => `${severity} ${message}`),
    [
      'info /dev/kvm gets GROUP="kvm", which counts',
      'info /dev/kvm gets MODE="0666", which counts',
      'info /dev/kvm gets mode 0666 and group kvm from systemd-tmpfiles, which counts',
    ],
  );
});

test('a root against its policy', (context) => {
  const tree = makeTree(context, {
    ...fedora,
    'etc/virt-privileges/policy.yaml': 'kvm: {access: group}\n',
    'etc/udev/rules.d/60-virt-privileges-kvm.rules': 'KERNEL=="kvm", GROUP="kvm",MODE="0660"\n',
  });
  const { exitCode, findings } = lint('--root', tree);
  assert.equal(exitCode, 3);
  assert.deepEqual(
    own(findings)
      .filter(({ severity }) => severity !== 'info')
      .map(show)
      .sort(),
    [
      '60-virt-privileges-kvm.rules:1 warning VP_LINT_STYLE',
      'static-nodes-permissions.conf:1 error VP_LINT_KVM',
    ],
  );
});

test('of other packages only what concerns the accounts of the policy', (context) => {
  const tree = makeTree(context, {
    ...fedora,
    'usr/lib/sysusers.d/a.conf': 'g web 5\ng qemu 108\n',
    'usr/lib/sysusers.d/b.conf': 'g web 6\ng qemu 107\n',
    'usr/lib/udev/rules.d/99-other.rules': 'nonsense\n',
  });
  const { exitCode, findings } = lint('--root', tree);
  assert.equal(exitCode, 3);
  assert.deepEqual(
    own(findings)
      .filter(({ severity }) => severity !== 'info')
      .map(show),
    ['b.conf:2 error VP_LINT_CONFLICT'],
  );
});

test('a broken policy of the root is a finding', (context) => {
  const tree = makeTree(context, { ...fedora, 'etc/virt-privileges/policy.yaml': 'nonsense: 1\n' });
  const { exitCode, findings } = lint('--root', tree);
  assert.equal(exitCode, 3);
  assert.ok(findings.map(show).includes('policy.yaml:1:1 error VP_POLICY_INVALID'));
});

test('this machine can be looked at, and nothing changes', () => {
  const { exitCode, error } = lint('--target', 'debian-12');
  assert.ok([0, 3].includes(exitCode ?? 1), error?.message);
});
