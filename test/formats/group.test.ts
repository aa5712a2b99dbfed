import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findGroup, findGroupById, nameOfGroup, parseGroup } from '../../src/formats/group.ts';

const entries = parseGroup(
  'kvm:x:36:qemu,libvirt-qemu\nqemu:x:107:\nbad:x:1\nworse:x:1:a:b\n+:x:1:\nminus:x:-1:\nlast:x:36:',
);

test('reads the valid lines and skips every other', () => {
  assert.deepEqual(entries, [
    { name: 'kvm', gid: 36, members: ['qemu', 'libvirt-qemu'] },
    { name: 'qemu', gid: 107, members: [] },
    { name: 'last', gid: 36, members: [] },
  ]);
});

test('finds by name and by gid, the first one first', () => {
  assert.equal(findGroup(entries, 'qemu')?.gid, 107);
  assert.equal(findGroupById(entries, 36)?.name, 'kvm');
  assert.equal(findGroup(entries, 'bad'), undefined);
  assert.equal(findGroupById(entries, 1), undefined);
  assert.equal(nameOfGroup(entries, 107), 'qemu');
  assert.equal(nameOfGroup(entries, 1), '1');
});
