import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGroupShadow, parseShadow } from '../../src/formats/shadow.ts';

test('shadow: who has a password that could be right', () => {
  const text = 'root:$y$j9T$x:1::::::\nqemu:!*:1::::::\ndaemon:*:1::::::\nopen::1::::::\n\n#c:!:\n';
  assert.deepEqual(parseShadow(text), [
    { name: 'root', isLocked: false },
    { name: 'qemu', isLocked: true },
    { name: 'daemon', isLocked: true },
    { name: 'open', isLocked: false },
  ]);
});

test('gshadow: members, not administrators', () => {
  assert.deepEqual(parseGroupShadow('kvm:!:boss:qemu,other\nqemu:!::\nshort\n'), [
    { name: 'kvm', members: ['qemu', 'other'] },
    { name: 'qemu', members: [] },
    { name: 'short', members: [] },
  ]);
});
