import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handledRights, right } from '../../../src/runtime/confinement/landlock-rights.ts';

/** What linux/landlock.h of each version defines: rights on files, on ports, scopes, flags. */
const versions: readonly (readonly [abi: number, ...number[]])[] = [
  [0, 0, 0, 0, 0],
  [1, 0x1fff, 0, 0, 0],
  [2, 0x3fff, 0, 0, 0],
  [3, 0x7fff, 0, 0, 0],
  [4, 0x7fff, 3, 0, 0],
  [5, 0xffff, 3, 0, 0],
  [6, 0xffff, 3, 3, 0],
  [7, 0xffff, 3, 3, 2],
];

for (const [abi, ...expected] of versions) {
  test(`of ABI ${abi} everything is used that it has, TCP only where it is wanted`, () => {
    const { files, ports, scopes, flags } = handledRights(abi, true);
    assert.deepEqual([files, ports, scopes, flags], expected);
    assert.equal(handledRights(abi, false).ports, 0);
  });
}

test('each right is a bit of its own, sixteen in all', () => {
  const bits = Object.values(right);
  assert.equal(
    bits.reduce<number>((sum, bit) => sum | bit, 0),
    0xffff,
  );
  assert.equal(bits.length, 16);
});
