import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AclEntry } from '../../../src/formats/posix-acl.ts';
import type { LintFile } from '../../../src/generate/lint/lint-file.ts';
import type { HostFacts, LiveFacts } from '../../../src/host/facts/facts.ts';
import type { DeviceFacts } from '../../../src/host/facts/read-device.ts';
import type { Environment } from '../../../src/host/facts/read-environment.ts';
import type { Intent } from '../../../src/host/plan/intent.ts';
import { planDevice } from '../../../src/host/plan/plan-device.ts';
import { convergedFacts, intentOf, liveFacts } from '../../support/host.ts';

const fedora = intentOf('fedora-44');
const node: DeviceFacts = { isCharacterDevice: true, uid: 0, gid: 36, mode: 0o666, acl: [] };

function plan(
  live: Partial<LiveFacts> | null,
  intent: Intent = fedora,
  more: Partial<HostFacts> = {},
) {
  const facts = { ...convergedFacts, ...more };
  return planDevice(intent, { ...facts, live: live === null ? null : { ...liveFacts, ...live } });
}

function actionOf(device: DeviceFacts, access: string): string | undefined {
  return plan({ device }, intentOf('fedora-44', `kvm: {access: ${access}}\n`)).changes[0]?.action;
}

function entry(tag: AclEntry['tag'], permissions: number, id: number | null = null): AclEntry {
  return { tag, permissions, id };
}

const seat = [entry('user', 6, 1000), entry('owning-group', 6), entry('mask', 6)];

for (const [name, access, device, expected] of [
  ['as wanted', 'world', node, 'none'],
  ['another mode', 'world', { ...node, mode: 0o660 }, 'update'],
  ['another group', 'world', { ...node, gid: 0 }, 'update'],
  ['another owner', 'world', { ...node, uid: 107 }, 'update'],
  ['set-id bits', 'world', { ...node, mode: 0o4666 }, 'update'],
  ['a seat where only the group is meant', 'group', { ...node, mode: 0o660, acl: seat }, 'update'],
  ['a seat where it is meant', 'uaccess', { ...node, mode: 0o660, acl: seat }, 'none'],
  ['a seat where it does not matter', 'world', { ...node, acl: seat }, 'none'],
  [
    'a group of its own',
    'uaccess',
    { ...node, mode: 0o660, acl: [entry('group', 6, 5)] },
    'update',
  ],
  ['a user who is kept out', 'world', { ...node, acl: [entry('user', 0, 107)] }, 'update'],
  [
    'a group that the list keeps out',
    'world',
    { ...node, acl: [entry('owning-group', 0)] },
    'update',
  ],
] as const) {
  test(`the node: ${name}, ${access}`, () => assert.equal(actionOf(device, access), expected));
}

test('what a list gives is shown', () => {
  const device = { ...node, mode: 0o660, acl: seat };
  const [change] = plan({ device }, intentOf('fedora-44', 'kvm: {access: group}\n')).changes;
  assert.deepEqual(change?.before, { uid: 0, group: 'kvm', mode: '0660', acl: ['user:1000:rw-'] });
  assert.deepEqual(change?.after, { uid: 0, group: 'kvm', mode: '0660' });
});

test('an image has no node', () => {
  assert.deepEqual(plan(null), { changes: [], findings: [] });
});

const forced = { ...fedora, consent: { ...fedora.consent, forceDevice: true } };
const dirty = { ...node, mode: 0o600 };

for (const [name, environment, isForced, message] of [
  [
    'a container',
    { container: 'docker' },
    false,
    "this is a container (docker), and the node is the host's",
  ],
  ['a container, forced', { container: 'docker' }, true, null],
  [
    'a container that looks like a chroot, forced',
    { container: 'lxc', isChroot: true },
    true,
    null,
  ],
  ['a chroot', { isChroot: true }, false, "this is a chroot, and the node is the host's"],
  ['a chroot, forced', { isChroot: true }, true, "this is a chroot, and the node is the host's"],
  [
    'hidden /proc',
    { isChroot: null },
    false,
    '/proc does not show whether this is the host itself',
  ],
  ['hidden /proc, forced', { isChroot: null }, true, null],
  ['WSL', { isWsl: true }, false, null],
] as const satisfies readonly (readonly [string, Partial<Environment>, boolean, string | null])[]) {
  test(`whose node: ${name}`, () => {
    const live = { device: dirty, environment: { ...liveFacts.environment, ...environment } };
    const { changes, findings } = plan(live, isForced ? forced : fedora);
    const messages = findings.map((finding) => finding.message);
    assert.deepEqual(messages, message === null ? [] : [`/dev/kvm is left alone: ${message}`]);
    assert.equal(changes.length, message === null ? 1 : 0);
  });
}

const none = { module: null, cpu: null, isX86: true, isGuest: false } as const;
for (const [kvm, reason, hint] of [
  [
    { ...none, module: 'kvm_amd' },
    'the kernel has kvm_amd, and nobody has made the node',
    /^the kernel log says why; .*mknod -m 600 \/dev\/kvm c 10 232, then apply again$/,
  ],
  [{ ...none, cpu: 'vmx' }, 'the module kvm_intel is not loaded', /^modprobe kvm_intel;/],
  [{ ...none, cpu: 'svm' }, 'the module kvm_amd is not loaded', /^modprobe kvm_amd;/],
  [none, 'the processor shows no virtualisation', /firmware, then modprobe kvm_intel or kvm_amd$/],
  [
    { ...none, isGuest: true },
    'this machine is a guest, and its processor shows no virtualisation',
    /nested virtualisation/,
  ],
  [{ ...none, isX86: false }, 'the module kvm is not loaded', /^modprobe kvm$/],
] as const) {
  test(`no node: ${reason}`, () => {
    const { changes, findings } = plan({ device: null, kvm });
    assert.deepEqual(changes, []);
    assert.equal(findings.length, 1);
    assert.equal(findings[0]?.message, `there is no /dev/kvm: ${reason}`);
    assert.match(findings[0]?.hint ?? '', hint);
  });
}

test('something else in the place of the node', () => {
  const { changes, findings } = plan({ device: { ...node, isCharacterDevice: false } });
  assert.deepEqual([changes, findings[0]?.message], [[], '/dev/kvm is no character device']);
});

test('without udevd it is said that the change is a direct one', () => {
  const messages = ({ findings }: ReturnType<typeof plan>) =>
    findings.map(({ message }) => message);
  assert.deepEqual(messages(plan({ device: dirty, udev: 'absent' })), [
    'no udevd answers: /dev/kvm is changed directly, and stays so until it is made anew',
  ]);
  assert.deepEqual(messages(plan({ udev: 'absent' })), []);
});

test('the device without the accounts needs the group to be there', () => {
  const only = { ...fedora, parts: ['device'] as const };
  assert.deepEqual(
    plan(null, only, { groups: [] }).findings.map(({ severity, code, message }) => [
      severity,
      code,
      message,
    ]),
    [['error', 'VP_IDENTITY_UNKNOWN', 'there is no group kvm for /dev/kvm']],
  );
});

function ruleFile(name: string, text: string): LintFile {
  return { path: `/image/etc/udev/rules.d/${name}`, name, kind: 'udev-rules', text };
}

const stray = 'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"\n';

for (const [name, access, files, expected] of [
  [
    'one that sorts behind ours and disagrees',
    'group',
    [ruleFile('99-kvm4all.rules', `# CI\n${stray}`)],
    [
      '/image/etc/udev/rules.d/99-kvm4all.rules:2: MODE="0666" counts for /dev/kvm; the policy says MODE="0660"',
    ],
  ],
  ['one that agrees', 'world', [ruleFile('99-kvm4all.rules', stray)], []],
  ['one that sorts before ours', 'group', [ruleFile('50-kvm.rules', stray)], []],
  [
    'one that nobody can override',
    'group',
    [ruleFile('50-kvm.rules', 'KERNEL=="kvm", MODE:="0666"\n')],
    [
      '/image/etc/udev/rules.d/50-kvm.rules:1: MODE="0666" counts for /dev/kvm; the policy says MODE="0660"',
    ],
  ],
  [
    'an older text of our own',
    'group',
    [ruleFile('60-virt-privileges-kvm.rules', 'KERNEL=="kvm", MODE:="0666"\n')],
    [],
  ],
] as const) {
  test(`rules of others: ${name}`, () => {
    const intent = intentOf('fedora-44', `kvm: {access: ${access}}\n`);
    const { findings } = plan(null, intent, { merged: files });
    assert.deepEqual(
      findings.map(({ message }) => message),
      expected,
    );
    assert.ok(findings.every(({ severity }) => severity === 'warning'));
  });
}
