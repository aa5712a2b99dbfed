import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBan } from '../../../src/verify/doctor/find-ban.ts';
import { makeTree } from '../../support/host.ts';

const modules = ['kvm_intel', 'kvm'];

for (const [name, files, module, place] of [
  ['none', {}, null, ''],
  ['another module', { 'etc/modprobe.d/a.conf': 'blacklist kvm_amd\n' }, null, ''],
  [
    'a file',
    { 'etc/modprobe.d/a.conf': '#\nblacklist kvm-intel\n' },
    'kvm_intel',
    '/etc/modprobe.d/a.conf:2',
  ],
  [
    'a file of a package',
    { 'usr/lib/modprobe.d/a.conf': 'install kvm /bin/false\n' },
    'kvm',
    '/usr/lib/modprobe.d/a.conf:1',
  ],
  [
    'a file of a package that the administrator has switched off',
    { 'usr/lib/modprobe.d/a.conf': 'blacklist kvm\n', 'etc/modprobe.d/a.conf': '' },
    null,
    '',
  ],
  ['a file that is none', { 'etc/modprobe.d/a.conf~': 'blacklist kvm\n' }, null, ''],
  [
    'the kernel, before every file',
    {
      'etc/modprobe.d/a.conf': 'blacklist kvm\n',
      'proc/cmdline': 'ro module_blacklist=kvm_intel\n',
    },
    'kvm_intel',
    null,
  ],
] as const) {
  test(`a ban: ${name}`, (context) => {
    const root = makeTree(context, files);
    const shown = place === null ? 'the command line of the kernel' : `${root}${place}`;
    const expected = module === null ? null : { module, place: shown };
    assert.deepEqual(findBan(modules, root), expected);
  });
}
