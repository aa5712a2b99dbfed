import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printPolicy } from '../../src/cli/print-policy.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { policyOf, target, targets } from '../support/provision.ts';

const text = `user: { name: "no", comment: "nobody, no one" }
kvm: { mode: "0660", access: group }
qemu_conf: { namespaces: [], security_driver: "none", max_files: 1024 }
`;

for (const { id } of targets) {
  test(`what is printed for ${id} is a policy file that means the same`, () => {
    for (const effective of [policyOf(id), policyOf(id, text)]) {
      const printed = printPolicy(effective);
      assert.deepEqual(parsePolicy(printed, 'printed.yaml', target(id)).policy, effective.policy);
    }
  });
}

test('each value bears its origin', () => {
  const lines = printPolicy(policyOf('fedora-44', text)).split('\n');
  assert.deepEqual(lines.slice(0, 4), [
    'user:',
    '  name: "no"                 # policy.yaml:1',
    '  uid: 107                   # target fedora-44',
    '  comment: "nobody, no one"  # policy.yaml:1',
  ]);
});
