import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AclEntry, doesAclAllow, parsePosixAcl } from '../../src/formats/posix-acl.ts';

const none = 0xffffffff;

function acl(version: number, ...entries: readonly (readonly [number, number, number])[]): Buffer {
  const bytes = Buffer.alloc(4 + entries.length * 8);
  bytes.writeUInt32LE(version);
  for (const [index, [tag, permissions, id]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + index * 8);
    bytes.writeUInt16LE(permissions, 6 + index * 8);
    bytes.writeUInt32LE(id, 8 + index * 8);
  }
  return bytes;
}

test('a list with every kind of entry', () => {
  const bytes = acl(
    2,
    [0x01, 7, none],
    [0x02, 6, 107],
    [0x04, 5, none],
    [0x08, 4, 4294967294],
    [0x10, 7, none],
    [0x20, 0, none],
  );
  assert.deepEqual(parsePosixAcl(bytes), [
    { tag: 'owner', permissions: 7, id: null },
    { tag: 'user', permissions: 6, id: 107 },
    { tag: 'owning-group', permissions: 5, id: null },
    { tag: 'group', permissions: 4, id: 4294967294 },
    { tag: 'mask', permissions: 7, id: null },
    { tag: 'other', permissions: 0, id: null },
  ]);
});

test('bytes in the middle of a buffer', () => {
  const bytes = Buffer.concat([Buffer.from('xyz'), acl(2, [0x20, 4, none])]).subarray(3);
  assert.deepEqual(parsePosixAcl(bytes), [{ tag: 'other', permissions: 4, id: null }]);
});

for (const [bytes, why] of [
  [Buffer.alloc(0), 'its version is not 2'],
  [acl(1), 'its version is not 2'],
  [acl(2, [0x20, 4, none]).subarray(0, 11), 'it ends in the middle of an entry'],
  [acl(2, [0x40, 4, none]), 'its entry at byte 4 is unknown'],
  [acl(2, [0x01, 7, none], [0x20, 8, none]), 'its entry at byte 12 is unknown'],
] as const) {
  test(`a list is refused: ${why}`, () => {
    assert.throws(() => parsePosixAcl(bytes), {
      code: 'VP_INTERNAL',
      message: `cannot read an access control list: ${why}`,
    });
  });
}

const entries: readonly AclEntry[] = [
  { tag: 'owner', permissions: 0, id: null },
  { tag: 'user', permissions: 7, id: 107 },
  { tag: 'owning-group', permissions: 4, id: null },
  { tag: 'group', permissions: 2, id: 20 },
  { tag: 'group', permissions: 7, id: 21 },
  { tag: 'mask', permissions: 6, id: null },
  { tag: 'other', permissions: 1, id: null },
];
const owner = { uid: 1000, gid: 10 };

const decisions: readonly [string, number, number, readonly number[], number, boolean][] = [
  ['the owner by its own entry only', 1000, 10, [21], 4, false],
  ['a named user', 107, 1, [], 6, true],
  ['a named user, not past the mask', 107, 1, [], 1, false],
  ['the owning group', 5, 10, [], 4, true],
  ['the owning group, not more', 5, 10, [], 2, false],
  ['a named group by a supplementary one', 5, 1, [20], 2, true],
  ['two groups, one right each, not both rights', 5, 10, [20], 6, false],
  ['a group that holds both', 5, 10, [20, 21], 6, true],
  ['a matching group shuts others out', 5, 20, [], 1, false],
  ['others', 5, 1, [2], 1, true],
  ['others, not past their entry', 5, 1, [2], 4, false],
];

for (const [what, uid, gid, groups, wanted, expected] of decisions) {
  test(`acl(5): ${what}`, () => {
    assert.equal(doesAclAllow(entries, owner, { uid, gid, groups }, wanted), expected);
  });
}
