import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusals } from '../support/policy-refusal.ts';
import { policyOf } from '../support/provision.ts';

const access: readonly (readonly [string, string, string, string, string, string])[] = [
  ['fedora-44', 'access: group', '0660', 'group', 'kvm.access (policy.yaml:1)', 'policy.yaml:1'],
  [
    'fedora-44',
    'access: uaccess',
    '0660',
    'uaccess',
    'kvm.access (policy.yaml:1)',
    'policy.yaml:1',
  ],
  ['debian-12', 'access: world', '0666', 'world', 'kvm.access (policy.yaml:1)', 'policy.yaml:1'],
  ['debian-12', 'mode: "0666"', '0666', 'world', 'policy.yaml:1', 'kvm.mode (policy.yaml:1)'],
  ['debian-12', 'mode: "0660"', '0660', 'uaccess', 'policy.yaml:1', 'target debian-12'],
  ['debian-12', "mode: '0660', access: group", '0660', 'group', 'policy.yaml:1', 'policy.yaml:1'],
];

for (const [id, kvm, mode, kind, modeOrigin, accessOrigin] of access) {
  test(`${id}: { ${kvm} } is ${mode} for ${kind}`, () => {
    const { policy, origins } = policyOf(id, `kvm: { ${kvm} }\n`);
    assert.deepEqual([policy.kvm.mode, policy.kvm.access], [mode, kind]);
    assert.deepEqual([origins['kvm.mode'], origins['kvm.access']], [modeOrigin, accessOrigin]);
  });
}

refusals([
  [
    'kvm: {mode: "0660", access: world}\n',
    '1:13: mode "0660" contradicts access world (policy.yaml:1)',
    /group and uaccess are mode "0660"/,
  ],
  [
    'kvm: {mode: "0666", access: group}\n',
    '1:13: mode "0666" contradicts access group (policy.yaml:1)',
    /world is mode "0666"/,
  ],
  [
    'kvm: {mode: "0666", access: uaccess}\n',
    '1:13: mode "0666" contradicts access uaccess (policy.yaml:1)',
    /world is mode/,
  ],
  [
    'kvm: {mode: "0660"}\n',
    '1:13: mode "0660" contradicts access world (target fedora-44)',
    /world is mode/,
  ],
  ['kvm: {mode: 0666}\n', "1:13: 'kvm.mode' must be a string in quotes", /write mode: "0666"/],
  ['kvm: {mode: 0o666}\n', "1:13: 'kvm.mode' must be a string in quotes", /write mode: "0666"/],
  ['kvm: {mode: "666"}\n', `1:13: 'kvm.mode' is "666", neither "0666" nor "0660"`, /write mode/],
  ['kvm: {mode: "0999"}\n', `1:13: 'kvm.mode' is "0999", neither "0666" nor "0660"`, /write mode/],
  ['kvm: {access: everyone}\n', "1:15: 'kvm.access' is 'everyone'", /world, group, uaccess/],
]);
