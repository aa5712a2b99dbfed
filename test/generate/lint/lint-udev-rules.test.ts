import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LintContext } from '../../../src/generate/lint/lint-file.ts';
import { lintUdevRules } from '../../../src/generate/lint/lint-udev-rules.ts';
import { brief, lintFile, nowhere } from '../../support/lint.ts';
import { target } from '../../support/provision.ts';

interface Setting extends LintContext {
  readonly plannedGroups: ReadonlySet<string>;
}

const unknown: Setting = { ...nowhere, plannedGroups: new Set() };

function lint(text: string, setting = unknown, name = '60-x.rules'): readonly string[] {
  return lintUdevRules(lintFile('udev-rules', name, text), setting).map(brief);
}

const clean = [
  'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"\n',
  'KERNEL=="kvm", MODE="666"\n',
  'KERNEL=="kvm", MODE="%c", GROUP="$env{G}"\n',
  'KERNEL=="kvm", TAG+="uaccess"\n',
  'ACTION=="add|change", KERNEL=="kvm", TAG+="uaccess"\n',
  'ACTION=="*", KERNEL=="kvm", TAG+="uaccess"\n',
  'ACTION!="remove", KERNEL=="kvm", TAG+="uaccess"\n',
  'ACTION=="remove", GOTO="end"\nKERNEL=="kvm", TAG+="uaccess"\nLABEL="end"\n',
  'ACTION!="add", GOTO="end"\nLABEL="end"\nKERNEL=="kvm", TAG+="uaccess"\n',
  'KERNEL=="kvm", TAG-="uaccess"\n',
  'TAG=="uaccess", RUN+="x"\n',
  'PROGRAM=="/bin/x"\n',
  'IMPORT{builtin}="x"\n',
  'ENV{A}=="1", ATTR{b}="2", RUN{builtin}+="kmod"\n',
  'OWNER="0"\n',
  'KERNEL=="a", \\\n  NAME="b"\n',
  '# a comment, MODE="0999"\n',
  '',
];

for (const text of clean) {
  test(`no finding: ${JSON.stringify(text)}`, () => assert.deepEqual(lint(text), []));
}

const drops = 'udev leaves out the whole rule';
const ignores = 'udev ignores it when the device appears';
const faulty: readonly (readonly [string, readonly string[]])[] = [
  ['nonsense\n', [`1 error SYNTAX not KEY OPERATOR "VALUE": nonsense: ${drops}`]],
  ['MODE="0999"\n', [`1 error MODE MODE="0999" is no octal mode: ${ignores}`]],
  ['MODE="0o666"\n', [`1 error MODE MODE="0o666" is no octal mode: ${ignores}`]],
  ['MODE="u+rw"\n', [`1 error MODE MODE="u+rw" is no octal mode: ${ignores}`]],
  ['MODE=""\n', [`1 error MODE MODE="" is no octal mode: ${ignores}`]],
  ['MODE="17777"\n', [`1 error MODE MODE="17777" is larger than 07777: ${ignores}`]],
  ['MODE="07777"\n', ['1 warning MODE MODE="07777" sets more than who may read and write']],
  ['FOO=="1"\n', [`1 error KEY FOO is no key of udev: ${drops}`]],
  ['constructor=="1"\n', [`1 error KEY constructor is no key of udev: ${drops}`]],
  ['kernel=="kvm"\n', [`1 error KEY kernel is no key of udev: ${drops}`]],
  ['ENV=="1", GOTO="x"\n', [`1 error KEY ENV needs an attribute: ${drops}`]],
  ['MODE{x}="0666"\n', [`1 error KEY MODE takes no attribute: ${drops}`]],
  ['KERNEL="kvm", MODE="0666"\n', [`1 error KEY KERNEL="kvm": KERNEL takes no =: ${drops}`]],
  ['MODE=="0666"\n', [`1 error KEY MODE=="0666": MODE takes no ==: ${drops}`]],
  ['MODE-="0666"\n', [`1 error KEY MODE-="0666": MODE takes no -=: ${drops}`]],
  ['MODE+="0666"\n', ['1 warning KEY MODE holds one value: udev reads += as =']],
  ['KERNEL=="kvm"\n', ['1 warning KEY the rule only asks and sets nothing']],
  ['NAME="%k"\n', ['1 warning KEY NAME="%k" has no effect']],
  ['KERNEL=="a",GOTO="b"\n', ['1 warning STYLE no blank after the comma before GOTO']],
  ['KERNEL=="a" GOTO="b"\n', ['1 warning STYLE no comma before GOTO']],
  ['KERNEL=="a" , GOTO="b"\n', ['1 warning STYLE a blank before the comma before GOTO']],
  ['KERNEL=="a",, GOTO="b"\n', ['1 warning STYLE more than one comma before GOTO']],
  [', GOTO="b"\n', ['1 warning STYLE a comma before the first token']],
  ['GOTO="b",\n', ['1 warning STYLE a comma behind the last token']],
  ['\nGOTO="b"', ['2 warning STYLE the last line has no line break']],
  [
    'GROUP="36"\n',
    ['1 warning GROUP GROUP="36" is a number: which account that is differs between hosts'],
  ],
  [
    'OWNER="7"\n',
    ['1 warning GROUP OWNER="7" is a number: which account that is differs between hosts'],
  ],
];

for (const [text, expected] of faulty) {
  test(`finds: ${JSON.stringify(text)}`, () => assert.deepEqual(lint(text), expected));
}

const late = (name: string) =>
  `1 error UACCESS 73-seat-late.rules acts on uaccess, and ${name} comes behind it: nobody gets access`;
const uaccess = 'KERNEL=="kvm", TAG+="uaccess"\n';
for (const [name, expected] of [
  ['72-x.rules', []],
  ['73-a.rules', []],
  ['73-seat-late.rules', [late('73-seat-late.rules')]],
  ['80-kvm.rules', [late('80-kvm.rules')]],
  ['x.rules', [late('x.rules')]],
] as const) {
  test(`uaccess in ${name}`, () => assert.deepEqual(lint(uaccess, unknown, name), expected));
}

const taken = 'the next change of the device takes it away';
const added = [
  'ACTION=="add", KERNEL=="kvm", TAG+="uaccess"\n',
  'ACTION=="add|bind", KERNEL=="kvm", TAG+="uaccess"\n',
];
for (const text of added) {
  test(`uaccess on add alone: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(lint(text, { ...unknown, target: target('fedora-44') }), [
      `1 error UACCESS uaccess only for ACTION=="add": ${taken}`,
    ]);
    assert.deepEqual(lint(text, { ...unknown, target: target('debian-13') }), [
      `1 warning UACCESS uaccess only for ACTION=="add" from systemd 258 on: ${taken}`,
    ]);
  });
}

test('uaccess behind a jump over it for all but add', () => {
  assert.deepEqual(lint(`ACTION!="add", GOTO="end"\n${uaccess}LABEL="end"\n`), [
    `2 error UACCESS uaccess only for ACTION=="add": ${taken}`,
  ]);
});

test('uaccess where everybody has access already', () => {
  assert.deepEqual(lint('KERNEL=="kvm", MODE="0666", TAG+="uaccess"\n'), [
    '1 warning UACCESS uaccess gives nobody anything here: the mode lets everybody in',
  ]);
});

test('static_node on a target that does not know it', () => {
  const text = 'KERNEL=="kvm", OPTIONS+="static_node=kvm"\n';
  const old = target('fedora-13');
  assert.deepEqual(lint(text, { ...unknown, target: old }), [
    `1 error STATIC_NODE udev ${old.systemd} of fedora-13 does not know static_node`,
  ]);
  assert.deepEqual(lint(text, { ...unknown, target: target('fedora-44') }), []);
});

const groups = [
  { name: 'kvm', gid: 36, members: [] },
  { name: 'cloud', gid: 929292, members: [] },
];
const accounts = { users: [], groups };

test('a group is looked up among those of the root and those that are planned', () => {
  const setting = { ...unknown, accounts, plannedGroups: new Set(['soon']) };
  assert.deepEqual(lint('GROUP="kvm"\n', setting), []);
  assert.deepEqual(lint('GROUP="soon"\n', setting), []);
  assert.deepEqual(lint('GROUP="nosuch"\n', setting), [
    '1 warning GROUP there is no group nosuch here: udev ignores GROUP="nosuch"',
  ]);
  assert.deepEqual(lint('GROUP="nosuch"\n'), [], 'not where no group is known');
});

for (const [id, severity, what] of [
  ['fedora-43', 'error', `systemd ${target('fedora-43').systemd} ignores it`],
  ['fedora-42', 'warning', 'systemd 258 and 259 ignore it'],
  ['rawhide', 'warning', 'systemd 258 and 259 ignore it'],
] as const) {
  test(`a gid above 999 on ${id}`, () => {
    assert.deepEqual(lint('GROUP="cloud"\n', { ...unknown, accounts, target: target(id) }), [
      `1 ${severity} GROUP group cloud has gid 929292, above 999: ${what}`,
    ]);
  });
}
