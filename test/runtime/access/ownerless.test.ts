import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOwnerless, keepsOwners } from '../../../src/runtime/access/ownerless.ts';

test('fat and exfat keep no owners, ext4 and NFS do', () => {
  const types = [0x4d44, 0x2011bab0, 0xef53, 0x6969];
  assert.deepEqual(types.map(isOwnerless), [true, true, false, false]);
});

test('where nobody can tell it is tried', () => {
  assert.deepEqual(['/', '/proc', '/nowhere/at/all'].map(keepsOwners), [true, true, true]);
});
