import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusals } from '../support/policy-refusal.ts';
import { policyOf } from '../support/provision.ts';

test('the group may be kvm itself when both say the same gid', () => {
  const text = 'group: {name: kvm, gid: 36}\n';
  assert.deepEqual(policyOf('fedora-44', text).policy.group, { name: 'kvm', gid: 36 });
  assert.deepEqual(policyOf('debian-12', 'group: {name: kvm, gid: null}\n').policy.group, {
    name: 'kvm',
    gid: null,
  });
});

for (const [text, gid, origins] of [
  ['group: {name: kvm}\n', 36, ['target fedora-44', 'target fedora-44']],
  ['group: {name: kvm, gid: 5}\n', 5, ['policy.yaml:1', 'group.gid (policy.yaml:1)']],
  [
    'group: {name: kvm}\nkvm: {group: {gid: 6}}\n',
    6,
    ['kvm.group.gid (policy.yaml:2)', 'policy.yaml:2'],
  ],
] as const) {
  test(`one group for both has one gid: ${JSON.stringify(text)}`, () => {
    const { policy, origins: found } = policyOf('fedora-44', text);
    assert.deepEqual([policy.group.gid, policy.kvm.group.gid], [gid, gid]);
    assert.deepEqual([found['group.gid'], found['kvm.group.gid']], origins);
  });
}

refusals([
  [
    'kvm: {group: {gid: 107}}\n',
    '1:20: group qemu with gid 107 (group.gid, target fedora-44) and group kvm with gid 107 (kvm.group.gid, policy.yaml:1) contradict each other',
    /two groups two/,
  ],
  [
    'group: {name: kvm, gid: 5}\nkvm: {group: {gid: 6}}\n',
    '1:25: group kvm with gid 5 (group.gid, policy.yaml:1) and group kvm with gid 6 (kvm.group.gid, policy.yaml:2) contradict each other',
    /one group one gid/,
  ],
]);
