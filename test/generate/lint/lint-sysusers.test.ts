import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintSysusers } from '../../../src/generate/lint/lint-sysusers.ts';
import { brief, lintFile, nowhere } from '../../support/lint.ts';
import { target } from '../../support/provision.ts';

function lint(text: string, context = nowhere): readonly string[] {
  return lintSysusers([lintFile('sysusers', 'a.conf', text)], context).map(brief);
}

const on = (id: string) => ({ ...nowhere, target: target(id) });
const refused = 'systemd-sysusers refuses the line';

const clean = [
  '# who\ng kvm 36\ng qemu 107\nu qemu 107:qemu "qemu user" - -\n',
  'u qemu -\nm qemu kvm\n',
  'u qemu 107:36\n',
  'u qemu -:qemu - /var/lib/x %h\ng qemu /proc\n',
  'r - 500-900\n',
  '',
];
for (const text of clean) {
  test(`no finding: ${JSON.stringify(text)}`, () => assert.deepEqual(lint(text), []));
}

const faulty: readonly (readonly [string, readonly string[]])[] = [
  ['x a\n', ["1 error SYNTAX unknown type 'x'"]],
  ['u a', ['1 warning STYLE the last line has no line break']],
  ['u a - "" home -\n', [`1 error SYNTAX the home 'home' is no absolute path: ${refused}`]],
  ['u a - "" / bash\n', [`1 error SYNTAX the shell 'bash' is no absolute path: ${refused}`]],
  ['u a 0\n', ['1 error ACCOUNT uid 0 is root’s: this account would be root']],
  [
    'u a 1000\n',
    ['1 warning ACCOUNT uid 1000 is above 999, among the ids of people and of systemd’s own users'],
  ],
  [
    'g a 1000\n',
    ['1 warning ACCOUNT gid 1000 is above 999, among the ids of people and of systemd’s own users'],
  ],
  ['u a 65534\n', ['1 error ACCOUNT uid 65534 is nobody’s']],
  [
    'u a 65535\n',
    ['1 error ACCOUNT uid 65535 means no account to old file systems: the line is refused'],
  ],
  [
    'g a 4294967295\n',
    ['1 error ACCOUNT gid 4294967295 means no account to the kernel: the line is refused'],
  ],
  [
    'u a 99999999999\n',
    ['1 error ACCOUNT uid 99999999999 means no account to the kernel: the line is refused'],
  ],
  [
    'u a 1:65535\n',
    ['1 error ACCOUNT gid 65535 means no account to old file systems: the line is refused'],
  ],
  ['u a x\n', ["1 error ACCOUNT 'x' is no uid: the line is refused"]],
  ['g a -1\n', ["1 error ACCOUNT '-1' is no gid: the line is refused"]],
  [
    'u a 5:nogrp\n',
    [
      '1 warning ACCOUNT nothing defines the group nogrp: systemd-sysusers makes no user a, and exits 0',
    ],
  ],
];
for (const [text, expected] of faulty) {
  test(`finds: ${JSON.stringify(text)}`, () => assert.deepEqual(lint(text), expected));
}

test('ids that the distribution allocated are its own', () => {
  assert.deepEqual(lint('g x 64055\nu libvirt-qemu 64055:x\n', on('debian-12')), []);
});

const comment = (id: string) =>
  `a comment fails the build of a package with rpm 4.19.0, as ${id} had it`;
const inRpm: readonly (readonly [string, string, readonly string[]])[] = [
  ['fedora-41', '# a comment\ng kvm 36\n', [`1 error RPM ${comment('fedora-41')}`]],
  ['fedora-44', '# a comment\ng kvm 36\n', []],
  ['debian-13', '# a comment\ng kvm 36\n', []],
  [
    'fedora-39',
    'm qemu kvm\n',
    [
      `1 error RPM a line of type m fails the build of a package with rpm ${target('fedora-39').rpm} of fedora-39`,
    ],
  ],
  ['fedora-44', 'm qemu kvm\n', []],
  ['fedora-44', 'u! qemu -\n', []],
  [
    'fedora-41',
    'u! qemu -\n',
    [
      '1 error RPM u! is not understood by rpm 4.20.0 and systemd 256 of fedora-41: there is no user',
    ],
  ],
  [
    'debian-12',
    'u! qemu -\n',
    [
      '1 error RPM u! is not understood by rpm 4.18.0 and systemd 252 of debian-12: there is no user',
    ],
  ],
  ['fedora-44', 'r - 500-900\n', ['1 warning RPM rpm ignores lines of type r']],
  ['debian-13', 'r - 500-900\n', []],
  ['fedora-44', 'u %m -\n', ['1 warning RPM rpm ignores specifiers such as %i']],
  ['fedora-44', 'g kvm /proc/1\n', ['1 warning RPM rpm ignores an id that is taken from a path']],
  [
    'fedora-44',
    'u a 5 "what?"\n',
    ['1 error RPM rpmbuild refuses this line: as a version in base64 it has a /'],
  ],
  ['fedora-44', 'u a 5 "what"\n', []],
  ['debian-13', 'u a 5 "what?"\n', []],
  [
    'fedora-44',
    'u qemu -\nm qemu kvm\n',
    [
      "2 warning RPM u and m lines of qemu in one file: rpm's own sysusers.sh takes m first and gives qemu wrong ids",
    ],
  ],
  ['rhel-9', 'u qemu -\nm qemu kvm\n', []],
];
for (const [id, text, expected] of inRpm) {
  test(`${id}: ${JSON.stringify(text)}`, () => assert.deepEqual(lint(text, on(id)), expected));
}

const accounts = {
  users: [
    { name: 'vm', uid: 107, gid: 300, comment: '', home: '/', shell: '' },
    { name: 'old', uid: 200, gid: 300, comment: '', home: '/', shell: '' },
  ],
  groups: [
    { name: 'kvm', gid: 107, members: [] },
    { name: 'vms', gid: 300, members: [] },
  ],
};
const silently = 'and systemd-sysusers exits 0';
const obeyed: readonly (readonly [string, readonly string[]])[] = [
  ['g kvm 107\n', []],
  ['g kvm -\n', []],
  [
    'g kvm 36\n',
    [`1 warning ACCOUNT group kvm exists with gid 107, not 36: it is kept, ${silently}`],
  ],
  [
    'g qemu 107\n',
    [`1 error ACCOUNT gid 107 belongs to group kvm: qemu gets another one, ${silently}`],
  ],
  [
    'u qemu 107:vms\n',
    [`1 error ACCOUNT uid 107 belongs to user vm: qemu gets another one, ${silently}`],
  ],
  [
    'u other 300\n',
    [`1 error ACCOUNT gid 300 belongs to group vms: other gets another one, ${silently}`],
  ],
  ['u old 200:vms\n', []],
  ['u old 200:300\n', []],
  [
    'u old 5:kvm\n',
    [
      `1 warning ACCOUNT user old exists with uid 200, not 5: it is kept, ${silently}`,
      `1 warning ACCOUNT user old exists with the primary group vms, not kvm: it is kept, ${silently}`,
    ],
  ],
  ['u new 5:vms\n', []],
  [
    'u new 5:nogrp\n',
    [
      '1 error ACCOUNT nothing defines the group nogrp: systemd-sysusers makes no user new, and exits 0',
    ],
  ],
];
for (const [text, expected] of obeyed) {
  test(`on a root with accounts: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(lint(text, { ...nowhere, accounts }), expected);
  });
}

function lintTwo(first: string, second: string): readonly string[] {
  // Given in the wrong order: the base names decide.
  const files = [lintFile('sysusers', 'b.conf', second), lintFile('sysusers', 'a.conf', first)];
  return lintSysusers(files, nowhere).map((finding) => `${finding.path}:${brief(finding)}`);
}

const ignored = 'which counts: this line is ignored with exit status 0';
const conflicts: readonly (readonly [string, string, readonly string[]])[] = [
  ['g kvm 36\n', 'g kvm 36\n', []],
  ['g kvm 36\n', 'u kvm 37\n', []],
  [
    'g kvm 36\n',
    'g kvm 107\n',
    [`b.conf:1 error CONFLICT group kvm is defined otherwise in a.conf:1, ${ignored}`],
  ],
  [
    'u q 1 "a"\n',
    'u q 1 "b"\n',
    [`b.conf:1 warning CONFLICT user q is defined otherwise in a.conf:1, ${ignored}`],
  ],
  [
    'g kvm 36\n',
    'g vm 36\n',
    [
      "b.conf:1 error CONFLICT 36 for group vm is kvm's in a.conf:1: it gets another id with exit status 0",
    ],
  ],
  ['g kvm -\n', 'g vm -\n', []],
  ['g vms 5\n', 'u q 1:vms\n', []],
  ['m q vms\n', 'u q 1:vms\n', []],
];
for (const [first, second, expected] of conflicts) {
  test(`${first.trim()} before ${second.trim()}`, () => {
    assert.deepEqual(lintTwo(first, second), expected);
  });
}
