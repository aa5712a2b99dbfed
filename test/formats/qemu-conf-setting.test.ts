import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setQemuConf } from '../../src/formats/qemu-conf-edit.ts';

test('numbers and lists are written as the lens wants them', () => {
  assert.equal(setQemuConf('', 'dynamic_ownership', 1), 'dynamic_ownership = 1\n');
  assert.equal(setQemuConf('', 'namespaces', []), 'namespaces = []\n');
  assert.equal(setQemuConf('', 'nvram', ['/a:/b', '/c']), 'nvram = [ "/a:/b", "/c" ]\n');
});

for (const [value, what] of [
  ['a"b', 'a quotation mark or a control character'],
  ['a\nb', 'a quotation mark or a control character'],
  [['ok', 'a\0'], 'a quotation mark or a control character'],
  ['a\\b', 'a backslash'],
  [-1, 'the number -1'],
  [1.5, 'the number 1.5'],
] as const) {
  test(`refuses the value ${JSON.stringify(value)}`, () => {
    const message = `qemu.conf cannot hold ${what} for 'k'`;
    for (const text of ['', 'k = 1\n'])
      assert.throws(() => setQemuConf(text, 'k', value), { code: 'VP_QEMU_CONF_VALUE', message });
  });
}

for (const [key, value, message] of [
  ['user', 107, "cannot set 'user': expected a string for 'user' parameter"],
  ['user', '', "cannot set 'user': '' is none of its values"],
  ['user', '-1', "cannot set 'user': '-1' is none of its values"],
  ['user', '+-1', "cannot set 'user': '+-1' is none of its values"],
  ['user', ' 107', "cannot set 'user': ' 107' is none of its values"],
  ['user', '4294967295', "cannot set 'user': '4294967295' is none of its values"],
  ['swtpm_user', '+x', "cannot set 'swtpm_user': '+x' is none of its values"],
  [
    'dynamic_ownership',
    '1',
    "cannot set 'dynamic_ownership': expected a bool for 'dynamic_ownership' parameter",
  ],
  [
    'dynamic_ownership',
    2,
    "cannot set 'dynamic_ownership': value for 'dynamic_ownership' parameter must be 0 or 1",
  ],
  [
    'max_files',
    4294967296,
    "cannot set 'max_files': value for 'max_files' parameter must be in range 0:4294967295",
  ],
  ['nvram', '/a:/b', "cannot set 'nvram': expected a string list for 'nvram' parameter"],
  ['max_core', 'many', "cannot set 'max_core': 'many' is none of its values"],
  ['seccomp_sandbox', -1, "qemu.conf cannot hold the number -1 for 'seccomp_sandbox'"],
  ['security_driver', ['a', 'b'], "qemu.conf cannot hold a list of 2 for 'security_driver'"],
  ['hugetlbfs_mount', [], "qemu.conf cannot hold a list of 0 for 'hugetlbfs_mount'"],
] as const) {
  test(`refuses ${key} = ${JSON.stringify(value)}`, () => {
    assert.throws(() => setQemuConf('', key, value), { code: 'VP_QEMU_CONF_VALUE', message });
  });
}

test('a list of one is one string where the lens reads a string', () => {
  assert.equal(setQemuConf('', 'security_driver', ['selinux']), 'security_driver = "selinux"\n');
  const text = "security_driver = [ 'selinux' ]\n";
  assert.equal(setQemuConf(text, 'security_driver', 'selinux'), text);
});
