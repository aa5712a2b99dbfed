import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LintFile } from '../../../src/generate/lint/lint-file.ts';
import { lintKvm } from '../../../src/generate/lint/lint-kvm.ts';
import { lintOverrides } from '../../../src/generate/lint/lint-overrides.ts';
import { brief, lintFile, nowhere } from '../../support/lint.ts';
import { policyOf, target } from '../../support/provision.ts';

const accounts = { users: [], groups: [{ name: 'kvm', gid: 36, members: [] }] };

function lint(files: readonly LintFile[], id = 'fedora-44', policyText?: string) {
  const { policy } = policyOf(id, policyText);
  return lintKvm(files, { target: target(id), policy, accounts }).map(
    (finding) => `${finding.path ?? ''}:${brief(finding)}`,
  );
}

const faults = (found: readonly string[]) => found.filter((line) => !line.includes(' info '));
const rules = (name: string, text: string) => lintFile('udev-rules', name, text);
const tmpfiles = (name: string, text: string) => lintFile('tmpfiles', name, text);
const systemd = rules('50-udev-default.rules', 'KERNEL=="kvm", GROUP="kvm", MODE="0666"\n');
const ours = rules(
  '60-virt-privileges-kvm.rules',
  '# ours\nKERNEL=="kvm", GROUP="kvm", MODE="0666"\n',
);

test('every rule and line is named, and which one counts', () => {
  const files = [
    ours,
    systemd,
    tmpfiles('static-nodes-permissions.conf', 'z /dev/kvm 0666 - kvm -\n'),
    tmpfiles('zz-x.conf', 'z /dev/kv? 0666\n'),
  ];
  assert.deepEqual(lint(files), [
    '50-udev-default.rules:1 info KVM /dev/kvm gets GROUP="kvm", overridden by 60-virt-privileges-kvm.rules:2',
    '50-udev-default.rules:1 info KVM /dev/kvm gets MODE="0666", overridden by 60-virt-privileges-kvm.rules:2',
    '60-virt-privileges-kvm.rules:2 info KVM /dev/kvm gets GROUP="kvm", which counts',
    '60-virt-privileges-kvm.rules:2 info KVM /dev/kvm gets MODE="0666", which counts',
    'static-nodes-permissions.conf:1 info KVM /dev/kvm gets mode 0666 and group kvm from systemd-tmpfiles, overridden by a later line',
    'zz-x.conf:1 info KVM /dev/kvm gets mode 0666 from systemd-tmpfiles, which counts',
  ]);
});

const wins: readonly (readonly [string, LintFile, readonly string[]])[] = [
  [
    'a later file',
    rules('99-kvm4all.rules', 'KERNEL=="kvm", MODE="0660"\n'),
    ['99-kvm4all.rules:1 error KVM MODE="0660" counts for /dev/kvm; the policy says MODE="0666"'],
  ],
  ['a later file that agrees', rules('99-kvm4all.rules', 'KERNEL=="kvm", MODE="0666"\n'), []],
  ['an earlier file', rules('10-x.rules', 'KERNEL=="kvm", MODE="0600"\n'), []],
  [
    'an earlier file that is final',
    rules('10-x.rules', 'KERNEL=="kvm", MODE:="0600"\n'),
    [
      '10-x.rules:1 error KVM MODE:="0600"'.replace(':="', '="') +
        ' counts for /dev/kvm; the policy says MODE="0666"',
    ],
  ],
  [
    'a pattern',
    rules('99-x.rules', 'KERNEL=="a|k*", GROUP="users"\n'),
    ['99-x.rules:1 error KVM GROUP="users" counts for /dev/kvm; the policy says GROUP="kvm"'],
  ],
  ['the gid of the group', rules('99-x.rules', 'KERNEL=="kvm", GROUP="36"\n'), []],
  [
    'the whole subsystem',
    rules('99-x.rules', 'SUBSYSTEM=="misc", MODE="0600"\n'),
    ['99-x.rules:1 error KVM MODE="0600" counts for /dev/kvm; the policy says MODE="0666"'],
  ],
  ['another subsystem', rules('99-x.rules', 'SUBSYSTEM=="usb", MODE="0600"\n'), []],
  ['every name but kvm', rules('99-x.rules', 'KERNEL!="kvm", MODE="0600"\n'), []],
  [
    'the path of the node',
    rules('99-x.rules', 'ENV{DEVNAME}=="/dev/kvm", MODE="0600"\n'),
    ['99-x.rules:1 error KVM MODE="0600" counts for /dev/kvm; the policy says MODE="0666"'],
  ],
  [
    'a condition',
    rules('99-x.rules', 'KERNEL=="kvm", ENV{X}=="1", MODE="0600"\n'),
    ['99-x.rules:1 warning KVM MODE="0600" may count for /dev/kvm; the policy says MODE="0666"'],
  ],
  ['a condition of other devices', rules('99-x.rules', 'ATTRS{idVendor}=="1", MODE="0600"\n'), []],
  ['a rule for removal', rules('99-x.rules', 'ACTION=="remove", KERNEL=="kvm", MODE="0600"\n'), []],
  [
    'a rule that is jumped over',
    rules('99-x.rules', 'KERNEL=="kvm", GOTO="e"\nMODE="0600"\nLABEL="e"\n'),
    [],
  ],
  [
    'a jump that other devices take',
    rules('99-x.rules', 'KERNEL!="kvm", GOTO="e"\nMODE="0600"\nLABEL="e"\n'),
    ['99-x.rules:2 error KVM MODE="0600" counts for /dev/kvm; the policy says MODE="0666"'],
  ],
  ['a label that stands before', rules('99-x.rules', 'LABEL="e"\nGOTO="e"\nMODE="0666"\n'), []],
  [
    'a tmpfiles line',
    tmpfiles('zz.conf', 'z /dev/kvm 0660 - root -\n'),
    [
      'zz.conf:1 error KVM systemd-tmpfiles gives /dev/kvm mode 0660, not 0666, whatever udev has set',
      'zz.conf:1 error KVM systemd-tmpfiles gives /dev/kvm group root, not kvm, whatever udev has set',
    ],
  ],
  ['a tmpfiles line for another node', tmpfiles('zz.conf', 'z /dev/kvm/x 0660\nz /dev/* -\n'), []],
  ['a tmpfiles line that makes nodes', tmpfiles('zz.conf', 'c! /dev/kvm 0600 - - - 10:232\n'), []],
];
for (const [name, file, expected] of wins) {
  test(`against ours: ${name}`, () =>
    assert.deepEqual(faults(lint([systemd, ours, file])), expected));
}

test('without any rule the policy is not met', () => {
  assert.deepEqual(lint([]), [
    ':- error KVM no udev rule gives /dev/kvm the mode 0666 of the policy',
    ':- error KVM no udev rule gives /dev/kvm the group kvm of the policy',
  ]);
});

const tag = rules('70-uaccess.rules', 'SUBSYSTEM=="misc", KERNEL=="kvm", TAG+="uaccess"\n');
const untag = rules('72-x.rules', 'KERNEL=="kvm", TAG="other"\n');
const narrow = rules('60-x.rules', 'KERNEL=="kvm", GROUP="kvm", MODE="0660"\n');
const access: readonly (readonly [string, readonly LintFile[], readonly string[]])[] = [
  ['world', [ours, tag], []],
  ['uaccess', [narrow, tag], []],
  ['uaccess', [narrow], [':- error KVM no udev rule gives /dev/kvm the uaccess of the policy']],
  [
    'uaccess',
    [narrow, tag, untag],
    [
      '72-x.rules:1 error KVM the tag uaccess taken away counts for /dev/kvm; the policy says the tag uaccess',
    ],
  ],
  ['group', [narrow], []],
  [
    'group',
    [narrow, tag],
    [
      '70-uaccess.rules:1 error KVM the tag uaccess counts for /dev/kvm; the policy says no tag uaccess',
    ],
  ],
  ['group', [narrow, tag, untag], []],
];
for (const [kind, files, expected] of access) {
  test(`access ${kind} with ${files.map(({ name }) => name).join(' ')}`, () => {
    assert.deepEqual(faults(lint(files, 'fedora-44', `kvm: {access: ${kind}}\n`)), expected);
  });
}

test('without a policy there is only what is there', () => {
  const found = lintKvm([systemd], { ...nowhere });
  assert.deepEqual(
    found.map(({ severity }) => severity),
    ['info', 'info'],
  );
});

test('files of a root that win over those that are looked at', () => {
  const later = rules('99-kvm4all.rules', '\nKERNEL=="kvm", MODE="0660"\n');
  const line = tmpfiles('zz-x.conf', 'z /dev/kvm 0666 - kvm -\n');
  const laterLine = tmpfiles('zzz.conf', 'z /dev/kvm 0600\n');
  const found = lintOverrides([ours, line], [systemd, later, laterLine]);
  assert.deepEqual(
    found.map((finding) => `${finding.path}:${brief(finding)}`),
    [
      '60-virt-privileges-kvm.rules:2 warning ORDER MODE="0666" for /dev/kvm is overridden by MODE="0660" in 99-kvm4all.rules:2',
      'zz-x.conf:1 warning ORDER this line for /dev/kvm is overridden by zzz.conf:1: mode 0600, group -',
    ],
  );
  assert.deepEqual(lintOverrides([ours, line], [systemd]), []);
  assert.deepEqual(lintOverrides([later], [{ ...later, path: '/etc/99-kvm4all.rules' }]), []);
});
