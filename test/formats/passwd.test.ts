import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findUser, findUserById, parsePasswd } from '../../src/formats/passwd.ts';

const text = [
  'root:x:0:0:root:/root:/bin/bash',
  '# a comment',
  '',
  'qemu:x:107:107:qemu user:/:/usr/sbin/nologin',
  'short:x:5:5',
  'long:x:5:5:a:b:c:d',
  '+nis::5:5:::',
  'minus:x:-1:5:a:/:/bin/sh',
  'noone:x:4294967295:5:a:/:/bin/sh',
  'hex:x:0x10:5:a:/:/bin/sh',
  'empty:::5:a:/:/bin/sh',
  'last:x:4294967294:5::/:',
].join('\n');

test('reads the valid lines and skips every other', () => {
  const names = parsePasswd(text).map(({ name }) => name);
  assert.deepEqual(names, ['root', 'qemu', 'last']);
});

test('finds by name and by uid, the first one first', () => {
  const entries = parsePasswd(`${text}\nother:x:107:1:::\nqemu:x:1:1:::\n`);
  assert.deepEqual(findUser(entries, 'qemu'), {
    name: 'qemu',
    uid: 107,
    gid: 107,
    comment: 'qemu user',
    home: '/',
    shell: '/usr/sbin/nologin',
  });
  assert.equal(findUserById(entries, 107)?.name, 'qemu');
  assert.equal(findUser(entries, 'nobody'), undefined);
  assert.equal(findUserById(entries, 5), undefined);
});
