import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
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

test('qemu.conf follows the accounts unless the file says otherwise', () => {
  const { policy, origins } = policyOf('debian-13', 'user: {name: vm}\n\ngroup: {name: vms}\n');
  assert.deepEqual([policy.qemuConf['user'], policy.qemuConf['group']], ['vm', 'vms']);
  assert.equal(origins['qemu_conf.user'], 'user.name (policy.yaml:1)');
  assert.equal(origins['qemu_conf.group'], 'group.name (policy.yaml:3)');
  const asRoot = policyOf('debian-13', 'qemu_conf: { user: root, group: root }\n').policy;
  assert.deepEqual([asRoot.qemuConf['user'], asRoot.user.name], ['root', 'libvirt-qemu']);
});

const access: readonly (readonly [string, string, string, string, string, string])[] = [
  ['fedora-44', 'access: group', '0660', 'group', 'kvm.access (policy.yaml:1)', 'policy.yaml:1'],
  [
    'fedora-44',
    'access: uaccess',
    '0660',
    'uaccess',
    'kvm.access (policy.yaml:1)',
    'policy.yaml:1',
  ],
  ['debian-12', 'access: world', '0666', 'world', 'kvm.access (policy.yaml:1)', 'policy.yaml:1'],
  ['debian-12', 'mode: "0666"', '0666', 'world', 'policy.yaml:1', 'kvm.mode (policy.yaml:1)'],
  ['debian-12', 'mode: "0660"', '0660', 'uaccess', 'policy.yaml:1', 'target debian-12'],
  ['debian-12', "mode: '0660', access: group", '0660', 'group', 'policy.yaml:1', 'policy.yaml:1'],
];

for (const [id, kvm, mode, kind, modeOrigin, accessOrigin] of access) {
  test(`${id}: { ${kvm} } is ${mode} for ${kind}`, () => {
    const { policy, origins } = policyOf(id, `kvm: { ${kvm} }\n`);
    assert.deepEqual([policy.kvm.mode, policy.kvm.access], [mode, kind]);
    assert.deepEqual([origins['kvm.mode'], origins['kvm.access']], [modeOrigin, accessOrigin]);
  });
}

test('ids: null is whichever is free; the bounds of system ids and the distribution’s own', () => {
  const free = policyOf(
    'fedora-44',
    'user: {uid: null}\ngroup: {gid: ~}\nkvm: {group: {gid: null}}\n',
  ).policy;
  assert.deepEqual([free.user.uid, free.group.gid, free.kvm.group.gid], [null, null, null]);
  assert.equal(policyOf('fedora-44', 'user: {uid: 1}\n').policy.user.uid, 1);
  assert.equal(policyOf('fedora-44', 'user: {uid: 999}\n').policy.user.uid, 999);
  assert.equal(policyOf('debian-12', 'user: {uid: 64055}\n').policy.user.uid, 64055);
});

test('the group may be kvm itself when both say the same gid', () => {
  const text = 'group: {name: kvm, gid: 36}\n';
  assert.deepEqual(policyOf('fedora-44', text).policy.group, { name: 'kvm', gid: 36 });
  assert.deepEqual(policyOf('debian-12', 'group: {name: kvm, gid: null}\n').policy.group, {
    name: 'kvm',
    gid: null,
  });
});

/** Text, what the message says after the file's name, and the hint; all for fedora-44. */
const refused: readonly (readonly [string, string, RegExp])[] = [
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
  [
    'user: {name: root}\n',
    "1:14: 'user.name' is root, which is no account of its own",
    /qemu_conf\.user/,
  ],
  [
    'group: {name: root}\n',
    "1:15: 'group.name' is root, which is no account of its own",
    /qemu_conf\.group/,
  ],
  [
    'kvm: {mode: "0660", access: world}\n',
    '1:13: mode "0660" contradicts access world (policy.yaml:1)',
    /group and uaccess are mode "0660"/,
  ],
  [
    'kvm: {mode: "0666", access: group}\n',
    '1:13: mode "0666" contradicts access group (policy.yaml:1)',
    /world is mode "0666"/,
  ],
  [
    'kvm: {mode: "0666", access: uaccess}\n',
    '1:13: mode "0666" contradicts access uaccess (policy.yaml:1)',
    /world is mode/,
  ],
  [
    'kvm: {mode: "0660"}\n',
    '1:13: mode "0660" contradicts access world (target fedora-44)',
    /world is mode/,
  ],
  ['kvm: {mode: 0666}\n', "1:13: 'kvm.mode' must be a string in quotes", /write mode: "0666"/],
  ['kvm: {mode: 0o666}\n', "1:13: 'kvm.mode' must be a string in quotes", /write mode: "0666"/],
  ['kvm: {mode: "666"}\n', `1:13: 'kvm.mode' is "666", neither "0666" nor "0660"`, /write mode/],
  ['kvm: {mode: "0999"}\n', `1:13: 'kvm.mode' is "0999", neither "0666" nor "0660"`, /write mode/],
  ['kvm: {access: everyone}\n', "1:15: 'kvm.access' is 'everyone'", /world, group, uaccess/],
  [
    'kvm: {group: {gid: 107}}\n',
    '1:20: group qemu with gid 107 (group.gid, target fedora-44) and group kvm with gid 107 (kvm.group.gid, policy.yaml:1) contradict each other',
    /two groups two/,
  ],
  [
    'group: {name: kvm}\n',
    '1:15: group kvm with gid 107 (group.gid, target fedora-44) and group kvm with gid 36 (kvm.group.gid, target fedora-44) contradict each other',
    /one group one gid/,
  ],
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
];

function failureOf(id: string, text: string): AppError {
  try {
    policyOf(id, text);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error(`accepted: ${text}`);
}

for (const [text, message, hint] of refused) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    const error = failureOf('fedora-44', text);
    assert.equal(error.message, `policy.yaml:${message}`);
    assert.match(error.hint ?? '', hint);
    assert.match(error.code, /^VP_POLICY_(SYNTAX|INVALID)$/);
    assert.equal(
      `policy.yaml:${error.line}:${error.column}`,
      error.message.split(':', 3).join(':'),
    );
  });
}

test('syntax and meaning have codes of their own', () => {
  assert.equal(failureOf('fedora-44', '').code, 'VP_POLICY_SYNTAX');
  assert.equal(failureOf('fedora-44', 'a: [\n').code, 'VP_POLICY_SYNTAX');
  assert.equal(failureOf('fedora-44', 'a: 1\n').code, 'VP_POLICY_INVALID');
});

for (const id of [
  '0',
  '-1',
  '1000',
  '60000',
  '64055',
  '65534',
  '65535',
  '4294967295',
  '99999999999999999999',
]) {
  test(`the id ${id} is refused`, () => {
    for (const text of [
      `user: {uid: ${id}}\n`,
      `group: {gid: ${id}}\n`,
      `kvm: {group: {gid: ${id}}}\n`,
    ]) {
      assert.equal(failureOf('fedora-44', text).code, 'VP_POLICY_INVALID');
    }
  });
}

test('the id that Debian allocated belongs to its user and group, not to kvm', () => {
  const message = "policy.yaml:1:20: 'kvm.group.gid' is 64055, which is no system id";
  assert.equal(failureOf('debian-12', 'kvm: {group: {gid: 64055}}\n').message, message);
  assert.equal(
    failureOf('debian-12', 'user: {uid: 0}\n').hint,
    'use 1 to 999, or 64055, or null for whichever is free',
  );
});

const hostileNames = [
  '',
  '-x',
  'Qemu',
  '1a',
  'a b',
  'a:b',
  'a\\nb',
  'a;b',
  '$(id)',
  'a`id`',
  '%{x}',
  "a'b",
  'é',
  'a/b',
  '../x',
  'x'.repeat(32),
  '*',
  '.',
];

for (const name of hostileNames) {
  test(`the name "${name}" is refused`, () => {
    for (const where of ['user: {name:', 'group: {name:', 'kvm: {group: {name:']) {
      const text = `${where} "${name}"${'}'.repeat(where.split('{').length - 1)}\n`;
      assert.equal(failureOf('fedora-44', text.replaceAll('\\\\', '\\')).code, 'VP_POLICY_INVALID');
    }
  });
}

test('the longest name is accepted', () => {
  const name = `_${'a'.repeat(30)}`;
  assert.equal(policyOf('fedora-44', `user: {name: ${name}}\n`).policy.user.name, name);
});

const hostileComments = [
  '',
  ' x',
  'a:b',
  'a\\nb',
  'a\\tb',
  'a%b',
  'a?b',
  'a$b',
  'a`b',
  'a;b',
  "a'b",
  'a\\"b',
  'a\\\\b',
  'é',
  '#x',
  '-',
  'x'.repeat(101),
];

for (const comment of hostileComments) {
  test(`the comment "${comment.slice(0, 20)}" is refused`, () => {
    assert.equal(
      failureOf('fedora-44', `user: {comment: "${comment}"}\n`).code,
      'VP_POLICY_INVALID',
    );
  });
}

test('Debian’s own form of a comment is accepted', () => {
  const { policy } = policyOf('debian-12', 'user: {comment: "Libvirt Qemu,,,"}\n');
  assert.equal(policy.user.comment, 'Libvirt Qemu,,,');
});
