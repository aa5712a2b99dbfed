import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusals } from '../support/policy-refusal.ts';
import { policyOf } from '../support/provision.ts';

test('qemu.conf follows the accounts unless the file says otherwise', () => {
  const { policy, origins } = policyOf('debian-13', 'user: {name: vm}\n\ngroup: {name: vms}\n');
  assert.deepEqual([policy.qemuConf['user'], policy.qemuConf['group']], ['vm', 'vms']);
  assert.equal(origins['qemu_conf.user'], 'user.name (policy.yaml:1)');
  assert.equal(origins['qemu_conf.group'], 'group.name (policy.yaml:3)');
  const asRoot = policyOf('debian-13', 'qemu_conf: { user: root, group: root }\n').policy;
  assert.deepEqual([asRoot.qemuConf['user'], asRoot.user.name], ['root', 'libvirt-qemu']);
});

refusals([
  [
    'qemu_conf: {user: 107}\n',
    "1:19: 'qemu_conf.user' must be a string, not the number 107",
    /"107"/,
  ],
  [
    'qemu_conf: {user: "+-1"}\n',
    "1:19: 'qemu_conf.user' is '+-1', which is neither a name nor an id",
    /account/,
  ],
  [
    'qemu_conf: {user: "4294967295"}\n',
    "1:19: 'qemu_conf.user' is '4294967295', which is neither a name nor an id",
    /account/,
  ],
  [
    'qemu_conf: {group: "65535"}\n',
    "1:20: 'qemu_conf.group' is '65535', which is neither a name nor an id",
    /account/,
  ],
  [
    'qemu_conf: {user: " 107"}\n',
    "1:19: 'qemu_conf.user' is ' 107', which is neither a name nor an id",
    /account/,
  ],
  [
    'qemu_conf: {user: ""}\n',
    "1:19: 'qemu_conf.user' is '', which is neither a name nor an id",
    /account/,
  ],
  ['qemu_conf: {dynamic_ownership: 2}\n', "1:32: 'qemu_conf.dynamic_ownership' is 2", /0 or 1/],
  [
    'qemu_conf: {dynamic_ownership: true}\n',
    "1:32: 'qemu_conf.dynamic_ownership' must be a whole number, not the boolean true",
    /^$/,
  ],
  [
    'qemu_conf: {remember_owner: true}\n',
    "1:29: 'qemu_conf.remember_owner' must be a number, not the boolean true",
    /0 or 1/,
  ],
  ['qemu_conf: {seccomp_sandbox: -1}\n', "1:30: 'qemu_conf.seccomp_sandbox' is -1", /augeas/],
  [
    'qemu_conf: {max_files: 1e3}\n',
    "1:24: 'qemu_conf.max_files' must be a whole number, not the number 1e3",
    /^$/,
  ],
  [
    "qemu_conf: {vnc_listen: 'a\"b'}\n",
    "1:25: 'qemu_conf.vnc_listen' has a quotation mark, a line break or a control character",
    /no way/,
  ],
  [
    'qemu_conf: {vnc_listen: "a\\nuser = \\"root\\""}\n',
    "1:25: 'qemu_conf.vnc_listen' has a quotation mark, a line break or a control character",
    /no way/,
  ],
  [
    'qemu_conf: {vnc_listen: "a\\u2028b"}\n',
    "1:25: 'qemu_conf.vnc_listen' has a quotation mark, a line break or a control character",
    /no way/,
  ],
  [
    'qemu_conf: {namespaces: [a, 1]}\n',
    "1:29: 'qemu_conf.namespaces' must be a string, not the number 1",
    /"1"/,
  ],
  [
    'qemu_conf: {namespaces: {a: 1}}\n',
    "1:25: 'qemu_conf.namespaces' must be a string, a whole number or a list, not a mapping",
    /^$/,
  ],
  ['qemu_conf: {a-b: 1}\n', "1:13: 'a-b' cannot be a key of qemu.conf", /letters/],
  ['qemu_conf: {__proto__: 1}\n', "1:13: '__proto__' cannot be a key of qemu.conf", /letters/],
  ['qemu_conf: {"a = 1\\nb": 1}\n', "1:13: 'a = 1\nb' cannot be a key of qemu.conf", /letters/],
  [
    "qemu_conf: {vnc_listen: 'a\\b'}\n",
    "1:25: qemu.conf cannot hold a backslash for 'vnc_listen'",
    /lens/,
  ],
  [
    'qemu_conf:\n  max_core: much\n',
    "2:13: cannot set 'max_core': 'much' is none of its values",
    /unlimited/,
  ],
  [
    'qemu_conf: {security_driver: [selinux, apparmor]}\n',
    "1:30: qemu.conf cannot hold a list of 2 for 'security_driver'",
    /lens/,
  ],
  [
    'qemu_conf: {vnc_listen: 5}\n',
    "1:25: cannot set 'vnc_listen': expected a string for 'vnc_listen' parameter",
    /string/,
  ],
]);
