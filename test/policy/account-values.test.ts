import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf, refusals } from '../support/policy-refusal.ts';
import { policyOf } from '../support/provision.ts';

test('ids: null is whichever is free; the bounds of system ids and the distribution’s own', () => {
  const free = policyOf(
    'fedora-44',
    'user: {uid: null}\ngroup: {gid: ~}\nkvm: {group: {gid: null}}\n',
  ).policy;
  assert.deepEqual([free.user.uid, free.group.gid, free.kvm.group.gid], [null, null, null]);
  assert.equal(policyOf('fedora-44', 'user: {uid: 1}\n').policy.user.uid, 1);
  assert.equal(policyOf('fedora-44', 'user: {uid: 999}\n').policy.user.uid, 999);
  assert.equal(policyOf('debian-12', 'user: {uid: 64055}\n').policy.user.uid, 64055);
});

for (const id of [
  '0',
  '-1',
  '1000',
  '60000',
  '64055',
  '65534',
  '65535',
  '4294967295',
  '99999999999999999999',
]) {
  test(`the id ${id} is refused`, () => {
    for (const text of [
      `user: {uid: ${id}}\n`,
      `group: {gid: ${id}}\n`,
      `kvm: {group: {gid: ${id}}}\n`,
    ]) {
      assert.equal(refusalOf('fedora-44', text).code, 'VP_POLICY_INVALID');
    }
  });
}

test('the id that Debian allocated belongs to its user and group, not to kvm', () => {
  const message = "policy.yaml:1:20: 'kvm.group.gid' is 64055, which is no system id";
  assert.equal(refusalOf('debian-12', 'kvm: {group: {gid: 64055}}\n').message, message);
  assert.equal(
    refusalOf('debian-12', 'user: {uid: 0}\n').hint,
    'use 1 to 999, or 64055, or null for whichever is free',
  );
});

const hostileNames = [
  '',
  '-x',
  'Qemu',
  '1a',
  'a b',
  'a:b',
  'a\\nb',
  'a;b',
  '$(id)',
  'a`id`',
  '%{x}',
  "a'b",
  'é',
  'a/b',
  '../x',
  'x'.repeat(32),
  '*',
  '.',
];

for (const name of hostileNames) {
  test(`the name "${name}" is refused`, () => {
    for (const where of ['user: {name:', 'group: {name:', 'kvm: {group: {name:']) {
      const text = `${where} "${name}"${'}'.repeat(where.split('{').length - 1)}\n`;
      assert.equal(refusalOf('fedora-44', text.replaceAll('\\\\', '\\')).code, 'VP_POLICY_INVALID');
    }
  });
}

test('the longest name is accepted', () => {
  const name = `_${'a'.repeat(30)}`;
  assert.equal(policyOf('fedora-44', `user: {name: ${name}}\n`).policy.user.name, name);
});

const hostileComments = [
  '',
  ' x',
  'a:b',
  'a\\nb',
  'a\\tb',
  'a%b',
  'a?b',
  'a$b',
  'a`b',
  'a;b',
  "a'b",
  'a\\"b',
  'a\\\\b',
  'é',
  '#x',
  '-',
  'x'.repeat(101),
];

for (const comment of hostileComments) {
  test(`the comment "${comment.slice(0, 20)}" is refused`, () => {
    assert.equal(
      refusalOf('fedora-44', `user: {comment: "${comment}"}\n`).code,
      'VP_POLICY_INVALID',
    );
  });
}

test('Debian’s own form of a comment is accepted', () => {
  const { policy } = policyOf('debian-12', 'user: {comment: "Libvirt Qemu,,,"}\n');
  assert.equal(policy.user.comment, 'Libvirt Qemu,,,');
});

const systemAccounts = [
  ['user: {name: daemon}', '1:14', 'user.name', 'daemon'],
  ['user: {name: nobody}', '1:14', 'user.name', 'nobody'],
  ['user: {name: systemd-network}', '1:14', 'user.name', 'systemd-network'],
  ['group: {name: libvirt}', '1:15', 'group.name', 'libvirt'],
  ['group: {name: www-data}', '1:15', 'group.name', 'www-data'],
  ['kvm: {group: {name: disk}}', '1:21', 'kvm.group.name', 'disk'],
] as const;

refusals([
  [
    'user: {name: root}\n',
    "1:14: 'user.name' is root, which is no account of its own",
    /qemu_conf\.user/,
  ],
  [
    'group: {name: root}\n',
    "1:15: 'group.name' is root, which is no account of its own",
    /qemu_conf\.group/,
  ],
  ...systemAccounts.map(
    ([text, place, key, name]) =>
      [
        `${text}\n`,
        `${place}: '${key}' is ${name}, an account of the system itself`,
        /^name an account that is for QEMU alone$/,
      ] as const,
  ),
]);
