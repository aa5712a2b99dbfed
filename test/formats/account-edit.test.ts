import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { removeAccount, removeMember } from '../../src/formats/account-edit.ts';

const passwd = 'root:x:0:0::/:/bin/sh\nqemu:x:107:107::/:/sbin/nologin\n\n# note\nqemu2:x:5:5:::';

test('an account goes with its line, and every other byte stays', () => {
  assert.equal(removeAccount(passwd, 'qemu'), 'root:x:0:0::/:/bin/sh\n\n# note\nqemu2:x:5:5:::');
  assert.equal(removeAccount(passwd, 'qemu2'), passwd.slice(0, passwd.indexOf('qemu2')));
  assert.equal(removeAccount(passwd, 'qem'), passwd);
  assert.equal(removeAccount('qemu:!::\nqemu:!::\n', 'qemu'), '');
});

const group =
  'root:x:0:\nkvm:x:36:qemu,other\nqemu:x:107:\nlibvirt:x:77:other,qemu,qemu\nodd:x:5:,a,,b\n';

for (const [name, text, user, groupName, expected] of [
  ['one group', group, 'qemu', 'kvm', group.replace('36:qemu,other', '36:other')],
  [
    'every group',
    group,
    'qemu',
    undefined,
    group.replace('36:qemu,other', '36:other').replace('other,qemu,qemu', 'other'),
  ],
  ['a user that is none', group, 'nobody', undefined, group],
  ['odd commas of others', group, 'a', undefined, group.replace(',a,,b', ',,b')],
  ['the administrators of gshadow', 'kvm:!:qemu,a:b,qemu\n', 'qemu', 'kvm', 'kvm:!:a:b\n'],
  ['a last line without an end', 'kvm:x:36:qemu', 'qemu', 'kvm', 'kvm:x:36:'],
  ['a gid that reads like the name', 'g:x:107:107,a\n', '107', 'g', 'g:x:107:a\n'],
  ['a line that is no group', 'qemu:qemu\n+::::\n', 'qemu', undefined, 'qemu:qemu\n+::::\n'],
] as const) {
  test(`a membership goes: ${name}`, () => {
    assert.equal(removeMember(text, user, groupName), expected);
  });
}

test('what is appended and removed leaves the same bytes', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ':', ',', '\n', '\r', '\u00e9', '#', ' ') });
  fc.assert(
    fc.property(text, (before) => {
      const kept = before === '' || before.endsWith('\n') ? before : `${before}\n`;
      assert.equal(removeAccount(`${kept}qemu:x:1:1:::\n`, 'qemu'), kept);
      assert.equal(removeMember(kept, 'qemu'), kept);
    }),
  );
});
