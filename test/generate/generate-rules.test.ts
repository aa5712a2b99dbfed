import assert from 'node:assert/strict';
import { test } from 'node:test';
import { payloadOf, textOf } from '../support/provision.ts';

const rules: readonly (readonly [string, string, string])[] = [
  ['fedora-44', 'world', 'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"'],
  ['fedora-44', 'group', 'KERNEL=="kvm", GROUP="kvm", MODE="0660", OPTIONS+="static_node=kvm"'],
  [
    'debian-13',
    'uaccess',
    'KERNEL=="kvm", GROUP="kvm", MODE="0660", OPTIONS+="static_node=kvm", TAG+="uaccess"',
  ],
];

for (const [id, access, rule] of rules) {
  test(`${id}, access ${access}: the rule`, () => {
    const text = textOf(
      payloadOf(id, `kvm: {access: ${access}}\n`),
      '60-virt-privileges-kvm.rules',
    );
    assert.equal(text.split('\n').at(-2), rule);
    assert.doesNotMatch(text, /ACTION/);
  });
}

test('only the group: the tag of a distribution that gives it is taken back', () => {
  const name = '72-virt-privileges-kvm.rules';
  const has = (id: string, access: string) =>
    payloadOf(id, `kvm: {access: ${access}}\n`).files.some((file) => file.name === name);
  assert.deepEqual(
    [has('debian-12', 'group'), has('debian-12', 'uaccess'), has('debian-12', 'world')],
    [true, false, false],
  );
  assert.deepEqual([has('fedora-44', 'group'), has('fedora-44', 'uaccess')], [false, false]);
  const payload = payloadOf('debian-12', 'kvm: {access: group}\n');
  assert.equal(
    textOf(payload, name).split('\n').at(-2),
    'SUBSYSTEM=="misc", KERNEL=="kvm", TAG="virt-privileges"',
  );
  assert.match(textOf(payload, 'virt-privileges-files.inc'), /\/72-virt-privileges-kvm\.rules$/m);
});

test('uaccess where the rule comes too late for it: the tag in a file of its own', () => {
  const payload = payloadOf('rhel-7', 'kvm: {access: uaccess}\n');
  assert.equal(
    textOf(payload, '80-kvm.rules').split('\n').at(-2),
    'KERNEL=="kvm", GROUP="kvm", MODE="0660", OPTIONS+="static_node=kvm"',
  );
  assert.equal(
    textOf(payload, '72-virt-privileges-kvm.rules').split('\n').at(-2),
    'SUBSYSTEM=="misc", KERNEL=="kvm", TAG+="uaccess"',
  );
});
