import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printPlan } from '../../src/cli/print-plan.ts';
import type { Change } from '../../src/host/plan/change.ts';

const file = { text: 'new', uid: 0, gid: 0, mode: '0644' };
const node = { uid: 0, group: 'root', mode: '0660' };

const rows: readonly (readonly [Change, string])[] = [
  [
    { kind: 'group', id: 'kvm', action: 'create', before: null, after: { gid: null }, done: false },
    '+ group kvm (gid any)',
  ],
  [
    {
      kind: 'file',
      id: '/etc/x',
      action: 'update',
      before: { text: 'old', uid: 1, gid: 2, mode: '0600' },
      after: file,
      done: false,
    },
    '~ file /etc/x (content, mode 0600 -> 0644, owner 1:2 -> 0:0)',
  ],
  [
    {
      kind: 'conf',
      id: '/q',
      action: 'update',
      before: { settings: { user: '\u001b[2J\u009b', group: null } },
      after: { settings: { user: 'qemu', group: 'qemu' } },
      done: false,
    },
    '~ conf /q (user = "qemu" (was "\\u001b[2J\\x9b"), group = "qemu")',
  ],
  [
    {
      kind: 'device',
      id: '/dev/kvm',
      action: 'update',
      before: node,
      after: { ...node, group: 'kvm', mode: '0666' },
      done: false,
    },
    '~ device /dev/kvm (0:root 0660 -> 0:kvm 0666)',
  ],
  [
    {
      kind: 'device',
      id: '/dev/kvm',
      action: 'update',
      before: { ...node, acl: ['user:1000:rw-', 'group:5:r--'] },
      after: node,
      done: false,
    },
    '~ device /dev/kvm (0:root 0660 user:1000:rw- group:5:r-- -> 0:root 0660)',
  ],
  [
    {
      kind: 'service',
      id: 'libvirtd.service',
      action: 'update',
      before: { configuration: 'old' },
      after: { configuration: 'current' },
      done: false,
    },
    '~ service libvirtd.service (restart)',
  ],
];

for (const [change, line] of rows) {
  test(line, () => {
    const counts =
      change.action === 'create' ? '1 to create, 0 to update' : '0 to create, 1 to update';
    assert.equal(printPlan([change], false), `${line}\n${counts}\n`);
  });
}

test('what is done already is not shown', () => {
  const change: Change = {
    kind: 'file',
    id: '/x',
    action: 'none',
    before: file,
    after: file,
    done: true,
  };
  assert.equal(printPlan([change], false), 'no changes\n');
});

test('what goes is counted by itself', () => {
  const change: Change = {
    kind: 'file',
    id: '/x',
    action: 'remove',
    before: file,
    after: null,
    done: false,
  };
  assert.equal(
    printPlan([change], false),
    '- file /x (made before, not wanted any more)\n0 to create, 0 to update, 1 to remove\n',
  );
});
