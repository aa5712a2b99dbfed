import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNested } from '../../src/verify/read-nested.ts';
import { makeTree } from '../support/host.ts';

for (const [name, text, nested] of [
  ['kvm_intel', 'Y\n', true],
  ['kvm_amd', '1\n', true],
  ['kvm_intel', 'N\n', false],
  ['kvm_amd', '0\n', false],
  ['kvm', 'Y\n', false],
] as const) {
  test(`nested of ${name}: ${text.trim()}`, (context) => {
    const root = makeTree(context, { [`sys/module/${name}/parameters/nested`]: text });
    assert.equal(isNested(root), nested);
  });
}
