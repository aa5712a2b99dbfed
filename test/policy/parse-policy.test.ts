import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf, refusals } from '../support/policy-refusal.ts';
import { policyOf } from '../support/provision.ts';

test('without a file the policy is the distribution’s', () => {
  assert.deepEqual(policyOf('fedora-44').policy, {
    user: { name: 'qemu', uid: 107, comment: 'qemu user' },
    group: { name: 'qemu', gid: 107 },
    kvm: { group: { name: 'kvm', gid: 36 }, mode: '0666', access: 'world' },
    qemuConf: { user: 'qemu', group: 'qemu', dynamic_ownership: 1 },
  });
  assert.deepEqual(policyOf('debian-12').policy, {
    user: { name: 'libvirt-qemu', uid: 64055, comment: 'Libvirt Qemu' },
    group: { name: 'libvirt-qemu', gid: 64055 },
    kvm: { group: { name: 'kvm', gid: null }, mode: '0660', access: 'uaccess' },
    qemuConf: { user: 'libvirt-qemu', group: 'libvirt-qemu', dynamic_ownership: 1 },
  });
  assert.deepEqual(
    new Set(Object.values(policyOf('debian-12').origins)),
    new Set(['target debian-12']),
  );
});

test('a file says what it says, and the target the rest; each value knows its origin', () => {
  const text = `user: { name: vmuser, uid: 200 }
group:
  gid: 201
kvm:
  mode: "0660"
  access: group
qemu_conf:
  max_files: 4096
  cgroup_device_acl: [ /dev/null, /dev/kvm ]
  dynamic_ownership: 0
  user: "+200"
  security_driver: none
`;
  const { policy, origins } = policyOf('fedora-44', text);
  assert.deepEqual(policy, {
    user: { name: 'vmuser', uid: 200, comment: 'qemu user' },
    group: { name: 'qemu', gid: 201 },
    kvm: { group: { name: 'kvm', gid: 36 }, mode: '0660', access: 'group' },
    qemuConf: {
      user: '+200',
      group: 'qemu',
      dynamic_ownership: 0,
      max_files: 4096,
      cgroup_device_acl: ['/dev/null', '/dev/kvm'],
      security_driver: 'none',
    },
  });
  const order = [
    'user',
    'group',
    'dynamic_ownership',
    'max_files',
    'cgroup_device_acl',
    'security_driver',
  ];
  assert.deepEqual(Object.keys(policy.qemuConf), order);
  assert.deepEqual(origins, {
    'user.name': 'policy.yaml:1',
    'user.uid': 'policy.yaml:1',
    'user.comment': 'target fedora-44',
    'group.name': 'target fedora-44',
    'group.gid': 'policy.yaml:3',
    'kvm.group.name': 'target fedora-44',
    'kvm.group.gid': 'target fedora-44',
    'kvm.mode': 'policy.yaml:5',
    'kvm.access': 'policy.yaml:6',
    'qemu_conf.user': 'policy.yaml:11',
    'qemu_conf.group': 'target fedora-44',
    'qemu_conf.dynamic_ownership': 'policy.yaml:10',
    'qemu_conf.max_files': 'policy.yaml:8',
    'qemu_conf.cgroup_device_acl': 'policy.yaml:9',
    'qemu_conf.security_driver': 'policy.yaml:12',
  });
});

test('the example of the manual is accepted', () => {
  const text = `user:  { name: qemu, uid: 107, comment: "qemu user" }
group: { name: qemu, gid: 107 }
kvm:
  group: { name: kvm, gid: 36 }
  mode: "0666"           # or "0660"
  access: world          # world | group | uaccess
qemu_conf:               # any further qemu.conf keys
  user: qemu
  group: qemu
  dynamic_ownership: 1
`;
  assert.deepEqual(policyOf('fedora-44', text).policy, policyOf('fedora-44').policy);
});

refusals([
  ['', '1:1: the file is empty', /remove the file/],
  ['usr: {}\n', "1:1: unknown key 'usr'", /the keys are user, group, kvm, qemu_conf/],
  [
    'user: {nam: x}\n',
    "1:8: unknown key 'nam' in 'user'",
    /the keys in 'user' are name, uid, comment/,
  ],
  ['kvm:\n  group:\n    id: 1\n', "3:5: unknown key 'id' in 'kvm.group'", /name, gid/],
  ['user: qemu\n', "1:7: 'user' must be a mapping of keys to values, not the string 'qemu'", /^$/],
  ['user:\n', "1:6: 'user' must be a mapping of keys to values, not empty", /^$/],
  ['user: [a]\n', "1:7: 'user' must be a mapping of keys to values, not a list", /^$/],
  ['user: {name: 107}\n', "1:14: 'user.name' must be a string, not the number 107", /"107"/],
  ['user: {name: true}\n', "1:14: 'user.name' must be a string, not the boolean true", /^$/],
  ['user: {uid: "107"}\n', "1:13: 'user.uid' must be a whole number, not the string '107'", /^$/],
  ['user: {uid: 1.5}\n', "1:13: 'user.uid' must be a whole number, not the number 1.5", /^$/],
  ['user: {uid: }\n', "1:13: 'user.uid' must be a whole number, not empty", /^$/],
  ['user: {uid: 5}\nuser: {uid: 6}\n', '2:1: the key stands twice', /^$/],
  ['user:\n\tuid: 5\n', '2:1: a tab in the indentation', /blanks/],
]);

test('syntax and meaning have codes of their own', () => {
  assert.equal(refusalOf('fedora-44', '').code, 'VP_POLICY_SYNTAX');
  assert.equal(refusalOf('fedora-44', 'a: [\n').code, 'VP_POLICY_SYNTAX');
  assert.equal(refusalOf('fedora-44', 'a: 1\n').code, 'VP_POLICY_INVALID');
});
