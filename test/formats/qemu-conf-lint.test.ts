import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confKeyNames, findConfKey } from '../../src/formats/qemu-conf-keys.ts';
import { lintQemuConf } from '../../src/formats/qemu-conf-lint.ts';
import { loadWithLibvirt, needsLibvirt } from '../support/libvirt.ts';

function lint(text: string): readonly string[] {
  return lintQemuConf(text, 'f').map(({ severity, path, line, message }) => {
    return `${severity} ${path}:${line}: ${message}`;
  });
}

const rootRights = "warning f:1: QEMU runs with root's rights";

const cases: readonly (readonly [string, readonly string[]])[] = [
  ['', []],
  ['user = "qemu"\ngroup = "+107"\ndynamic_ownership = 1\n', []],
  ['a', ['error f:1: configuration file syntax error: f:1: expecting an assignment']],
  ['\nusr = "x"', ["warning f:2: libvirt knows no key 'usr' and ignores it"]],
  ['User = "x"', ["warning f:1: libvirt knows no key 'User' and ignores it"]],
  [
    'user = "a"\n\nuser = "root"\nuser = 5',
    [3, 4].map(
      (line) =>
        `warning f:${line}: 'user' is set a second time: libvirt uses line 1 and ignores this one`,
    ),
  ],
  [
    'clear_emulator_capabilities = 0',
    ["warning f:1: libvirt 6.0 and newer ignore 'clear_emulator_capabilities'"],
  ],
  ['vxhs_tls = 1', ["warning f:1: libvirt 12.8 and newer ignore 'vxhs_tls'"]],
  [
    'allow_disk_format_probing = 1',
    ['error f:1: allow_disk_format_probing is no longer supported'],
  ],
  ['allow_disk_format_probing = 0', ['info f:1: libvirt no longer probes disk formats']],
  [
    'rdp_listen = "::1"',
    ["info f:1: a libvirt much older than 11.3 does not know 'rdp_listen' and ignores it"],
  ],
  ['user = 107', ["error f:1: expected a string for 'user' parameter"]],
  ['user = ""', ["error f:1: Failed to parse user ''"]],
  ['group = "+x"', ["error f:1: Failed to parse group 'x'"]],
  ['user = "+-1"', [`${rootRights}: libvirt reads "+-1" as no change`]],
  ['user = "-1"', [`${rootRights}: libvirt reads "-1" as no change`]],
  ['user = "4294967295"', [`${rootRights}: libvirt reads "4294967295" as no change`]],
  ['user = " +0"', [`${rootRights}: user is root`]],
  ['user = "+ 0"', [`${rootRights}: user is root`]],
  ['user = "root"', [`${rootRights}: user is root`]],
  ['group = "0"', ["warning f:1: QEMU runs with root's group: group is root"]],
  ['swtpm_user = "root"', ["warning f:1: swtpm runs with root's rights: swtpm_user is root"]],
  ['user = " 107"', ['warning f:1: libvirt reads " 107" as the number 107']],
  ['user = "-4294967189"', ['warning f:1: libvirt reads "-4294967189" as the number 107']],
  [
    'dynamic_ownership = 0',
    [
      'info f:1: libvirt leaves the owners of disks as they are: QEMU can open only what its user already may',
    ],
  ],
  [
    'remember_owner = 0',
    ['info f:1: libvirt gives files to root when a guest ends, not back to their owner'],
  ],
  ['security_driver = "none"', ['warning f:1: guests run unconfined by SELinux or AppArmor']],
  ['security_driver = [ "selinux", "selinux" ]', ['error f:1: Duplicate security driver selinux']],
  ['security_driver = "dac"', ['error f:1: Security driver dac not found']],
  [
    'security_default_confined = 0',
    ['warning f:1: guests without a label of their own run unconfined by SELinux or AppArmor'],
  ],
  ['seccomp_sandbox = 0', ['warning f:1: QEMU runs without its system call filter']],
  ['seccomp_sandbox = -1', []],
  ['namespaces = []', ['info f:1: QEMU sees every device node of the host']],
  [
    'cgroup_device_acl = [ "/dev/null" ]',
    [
      'warning f:1: the list takes the place of the default one and lacks /dev/kvm: no guest gets KVM',
    ],
  ],
  ['cgroup_device_acl = [ "/dev/kvm" ]', []],
  ['stdio_handler = "file"', ['info f:1: a guest can fill the disk through its log']],
  ['stdio_handler = "syslog"', ['error f:1: Unknown stdio handler syslog']],
  ['hugetlbfs_mount = ""', ["error f:1: cannot determine filesystem for ''"]],
  ['max_core = "big"', ["error f:1: Unknown core size 'big'"]],
];

for (const [text, expected] of cases) {
  test(`lint ${JSON.stringify(text)}`, () => assert.deepEqual(lint(text), expected));
}

test('a finding names its code, its file and the way out', () => {
  assert.deepEqual(lintQemuConf('# c\nuser = 107\nusr = 1\n', '/etc/q'), [
    {
      code: 'VP_QEMU_CONF_VALUE',
      severity: 'error',
      path: '/etc/q',
      line: 2,
      message: "expected a string for 'user' parameter",
      hint: 'write the value in quotes: user = "107"',
    },
    {
      code: 'VP_WARN_QEMU_CONF',
      severity: 'warning',
      path: '/etc/q',
      line: 3,
      message: "libvirt knows no key 'usr' and ignores it",
      hint: "did you mean 'user'?",
    },
  ]);
});

const values = [
  ...['0', '1', '2', '-0', '-1', '+1', '2147483648', '-2147483648', '-2147483649'],
  ...['4294967295', '4294967296', '9223372036854775807', '"1"', '"root"', '"unlimited"', '""'],
  ...['[]', '["root"]', '[1]', '["a",1]', '[["a"]]'],
];

// What depends on the host, on other keys or on how libvirt was built is beyond lint.
const elsewhere =
  /port must be|image_format '|Invalid nvram format|cannot determine filesystem for '.+'|'unlimited'$/;

const shutdowns = ['none', 'persistent', 'transient', 'all', 'some'];
const chosen: readonly (readonly [string, readonly string[]])[] = [
  ['stdio_handler', ['logd', 'file', 'syslog']],
  // The others need a kernel with core scheduling.
  ['sched_core', ['none', '']],
  ['auto_shutdown_try_save', shutdowns],
  ['auto_shutdown_try_shutdown', shutdowns],
  ['auto_shutdown_poweroff', shutdowns],
  ['max_core', ['unlimited', '0']],
  [
    'cgroup_controllers',
    [
      ...['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'net_cls'],
      ...['perf_event', 'name=systemd', 'io', 'pids', 'hugetlb'],
    ],
  ],
];

test('lint takes the words that a starting libvirt takes', needsLibvirt('trixie'), (context) => {
  const texts = chosen.flatMap(([key, words]) =>
    words.map((word) => (key.startsWith('cg') ? `${key} = [ "${word}" ]` : `${key} = "${word}"`)),
  );
  const there = loadWithLibvirt(context, 'trixie', texts).map((line) => line === 'ok');
  const here = texts.map((text) => !lint(text).some((line) => line.startsWith('error')));
  const differences = texts.filter((_, index) => here[index] !== there[index]);
  assert.deepEqual(differences, []);
  assert.ok(there.includes(false) && there.includes(true));
});

test(
  'lint calls an error what a starting libvirt refuses, in its words',
  needsLibvirt('trixie'),
  (context) => {
    const names = confKeyNames().filter((name) => {
      const key = findConfKey(name);
      return key?.since !== '12.8' && key?.gone !== '6.0';
    });
    const texts = names.flatMap((name) => values.map((value) => `${name} = ${value}\n`));
    const there = loadWithLibvirt(context, 'trixie', texts);
    assert.equal(there.length, texts.length);
    const wrong = texts.flatMap((text, index) => {
      const said = there[index] ?? '';
      const found = lintQemuConf(text, 'qemu.conf').find(({ severity }) => severity === 'error');
      const here = found?.message ?? 'ok';
      const same = here === 'ok' ? said === 'ok' : said.includes(here);
      return same || elsewhere.test(said) ? [] : [{ text, here, said }];
    });
    assert.deepEqual(wrong, []);
  },
);

const identities = [
  ...[
    'root',
    '0',
    '+0',
    '1',
    '+1',
    '-1',
    '+-1',
    '++1',
    '+ 1',
    ' 1',
    '1 ',
    '',
    '+',
    '-',
    '+x',
    '12x',
  ],
  ...['4294967294', '4294967295', '4294967296', '-4294967295', '-4294967296', '\t7', '+\t7', '007'],
  ...['nobody-has-this-name', 'root ', '+12x', '1e3', '0x10'],
];

test(
  'an identity that lint finds no fault with is one that libvirt can take',
  needsLibvirt('trixie'),
  (context) => {
    const there = loadWithLibvirt(
      context,
      'trixie',
      identities.map((text) => `user = "${text}"\n`),
    );
    const refused = identities.filter((_, index) => there[index] !== 'ok');
    // Lint cannot know which names there are.
    const names = ['-', '12x', '1 ', 'nobody-has-this-name', 'root ', '1e3', '0x10'];
    const expected = identities.filter((text) => {
      return (
        names.includes(text) || lint(`user = "${text}"`).some((line) => line.startsWith('error'))
      );
    });
    assert.deepEqual(refused.sort(), [...new Set(expected)].sort());
  },
);
