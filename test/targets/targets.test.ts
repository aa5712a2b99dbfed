import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { AppError } from '../../src/errors.ts';
import { findTarget, parseTargets } from '../../src/targets/targets.ts';
import { target, targets, targetsText } from '../support/provision.ts';

test('the shipped targets', () => {
  assert.deepEqual(
    targets.map(({ id }) => id),
    ['fedora-44', 'fedora-41', 'debian-12', 'debian-13'],
  );
});

const expected = {
  'fedora-44': {
    rpm: '6.0.1',
    systemd: '259',
    accounts: 'native',
    udev: 'filetrigger',
    user: 'qemu',
    uid: 107,
    group: 'qemu',
    gid: 107,
    kvmGroup: 'kvm',
    kvmGid: 36,
    kvmMode: '0666',
    kvmAccess: 'world',
    commentsOk: true,
    membersOk: true,
    bangOk: true,
    accountDependencies: 'hard',
    accountTools: 'shadow-utils',
  },
  'fedora-41': {
    rpm: '4.20.0',
    systemd: '256',
    accounts: 'scriptlet',
    udev: 'filetrigger',
    user: 'qemu',
    uid: 107,
    group: 'qemu',
    gid: 107,
    kvmGroup: 'kvm',
    kvmGid: 36,
    kvmMode: '0666',
    kvmAccess: 'world',
    commentsOk: false,
    membersOk: true,
    bangOk: false,
    accountDependencies: 'weak',
    accountTools: 'shadow-utils',
  },
  'debian-12': {
    rpm: '4.18.0',
    systemd: '252',
    accounts: 'scriptlet',
    udev: 'postinst',
    user: 'libvirt-qemu',
    uid: 64055,
    group: 'libvirt-qemu',
    gid: 64055,
    kvmGroup: 'kvm',
    kvmGid: null,
    kvmMode: '0660',
    kvmAccess: 'uaccess',
    commentsOk: true,
    membersOk: true,
    bangOk: false,
    accountDependencies: 'none',
    accountTools: null,
  },
  'debian-13': {
    rpm: '4.20.1',
    systemd: '257',
    accounts: 'scriptlet',
    udev: 'postinst',
    user: 'libvirt-qemu',
    uid: 64055,
    group: 'libvirt-qemu',
    gid: 64055,
    kvmGroup: 'kvm',
    kvmGid: null,
    kvmMode: '0660',
    kvmAccess: 'uaccess',
    commentsOk: true,
    membersOk: true,
    bangOk: true,
    accountDependencies: 'none',
    accountTools: null,
  },
} as const;

for (const [id, facts] of Object.entries(expected)) {
  test(`facts of ${id}`, () => {
    assert.deepEqual({ ...target(id), ...facts }, target(id));
    assert.equal(target(id).rulesDirectory, '/usr/lib/udev/rules.d');
    assert.equal(target(id).rulesFile, '60-virt-privileges-kvm.rules');
    assert.deepEqual([target(id).staticNode, target(id).tmpfilesCompanion], [true, true]);
  });
}

test('every fact of every target has a source and a confidence', () => {
  for (const { id, family: _, sources, ...facts } of targets) {
    assert.deepEqual(Object.keys(sources).sort(), Object.keys(facts).sort(), id);
    for (const source of Object.values(sources)) {
      assert.match(source, /^.{10,} \((measured|code|documented|reported|inferred|unverified)\)/);
    }
  }
});

// Not through our own parser, which could overlook a fact.
test('every fact in the file has a value, a source and a confidence', () => {
  const table = parse(targetsText);
  const groups = [...Object.values(table.families), ...Object.values(table.targets)];
  const facts = groups.flatMap((group) => Object.entries(group as object));
  const rules = Object.entries(table.upstream).flatMap(([name, list]) =>
    (list as object[]).map((rule) => [name, rule] as const),
  );
  assert.ok(facts.length + rules.length > 50);
  for (const [name, fact] of [...facts.filter(([key]) => key !== 'family'), ...rules]) {
    const { value, source, confidence, when: _, ...more } = fact;
    assert.notEqual(value, undefined, name);
    assert.equal(typeof source, 'string', name);
    assert.equal(typeof confidence, 'string', name);
    assert.deepEqual(more, {}, name);
  }
});

test('a fact that follows from a version says from which', () => {
  const { sources } = target('fedora-44');
  assert.match(sources['accounts'] ?? '', /\(measured\), rpm 6\.0\.1 is >=4\.19\.0$/);
  assert.match(sources['udev'] ?? '', /\(documented\), systemd 259 is >=238\.0\.0$/);
  assert.match(
    target('fedora-41').sources['accounts'] ?? '',
    /patch that turns native sysusers off \(code\)$/,
  );
});

// One release of each later family, to show that the form holds the whole matrix.
const fact = (value: unknown) =>
  `{ value: ${value}, source: "the distribution", confidence: inferred }`;
function release(id: string, rpm: string, systemd: string, more = ''): string {
  return `  ${id}:\n    family: fedora\n    rpm: ${fact(`"${rpm}"`)}\n    systemd: ${fact(`"${systemd}"`)}\n    compatMacro: ${fact('none')}\n${more}`;
}

const eras: readonly (readonly [string, string, string, object])[] = [
  [
    'fedora-12',
    '4.7.1',
    '145',
    {
      accounts: 'scriptlet',
      udev: 'pre-static-node',
      staticNode: false,
      tmpfilesCompanion: false,
      rulesFile: '80-kvm.rules',
    },
  ],
  [
    'fedora-14',
    '4.8.1',
    '161',
    {
      accounts: 'scriptlet',
      udev: 'scriptlet',
      staticNode: true,
      tmpfilesCompanion: false,
      rulesFile: '80-kvm.rules',
    },
  ],
  ['fedora-27', '4.14.0', '234', { udev: 'scriptlet', rulesFile: '80-kvm.rules' }],
  [
    'fedora-28',
    '4.14.1',
    '238',
    { udev: 'filetrigger', tmpfilesCompanion: false, rulesFile: '60-virt-privileges-kvm.rules' },
  ],
  ['fedora-32', '4.15.1', '245', { tmpfilesCompanion: true, accountDependencies: 'none' }],
  [
    'fedora-39',
    '4.19.0',
    '254',
    { accounts: 'native', commentsOk: false, membersOk: false, bangOk: false },
  ],
  [
    'fedora-43',
    '6.0.0',
    '258',
    {
      accounts: 'native',
      commentsOk: true,
      membersOk: true,
      bangOk: true,
      accountDependencies: 'hard',
    },
  ],
];

for (const [id, rpm, systemd, facts] of eras) {
  test(`rpm ${rpm} and systemd ${systemd} decide the era of ${id}`, () => {
    const [found] = parseTargets(`${targetsText}${release(id, rpm, systemd)}`, 't').slice(-1);
    assert.deepEqual({ ...found, ...facts }, found);
  });
}

const damaged: readonly (readonly [string, string, RegExp])[] = [
  [
    'no source',
    '    uid: { value: 1, confidence: code }\n',
    /^t:\d+:10: 'fedora-1\.uid\.source' is missing$/,
  ],
  [
    'no confidence',
    '    uid: { value: 1, source: x }\n',
    /'fedora-1\.uid\.confidence' is missing$/,
  ],
  [
    'a confidence nobody defined',
    '    uid: { value: 1, source: x, confidence: sure }\n',
    /'fedora-1\.uid\.confidence' is 'sure'$/,
  ],
  ['an unknown fact', `    colour: ${fact('red')}\n`, /the fact 'colour' is not known$/],
  [
    'a wrong type',
    `    uid: ${fact('"107"')}\n`,
    /'fedora-1\.uid' must be a whole number, not the string '107'$/,
  ],
  ['a wrong choice', `    kvmMode: ${fact('"0777"')}\n`, /'fedora-1\.kvmMode' is '0777'$/],
];

for (const [what, line, message] of damaged) {
  test(`a table with ${what} is refused with file and line`, () => {
    const text = `${targetsText}${release('fedora-1', '6.0', '259', line)}`;
    assert.throws(
      () => parseTargets(text, 't'),
      (error: AppError) => {
        assert.equal(error.code, 'VP_INTERNAL');
        assert.match(error.message, message);
        assert.ok(Number(error.line) > 150);
        return true;
      },
    );
  });
}

test('a release without a version, and a table of another version, are refused', () => {
  const unversioned = `${targetsText}  fedora-1:\n    family: fedora\n    rpm: ${fact('"4.18"')}\n`;
  assert.throws(() => parseTargets(unversioned, 't'), {
    message: /the fact 'systemd' is missing$/,
  });
  const later = targetsText.replace('version: 1', 'version: 2');
  assert.throws(() => parseTargets(later, 't'), {
    message: /version 2 of the table is not known$/,
  });
});

test('an unknown target names its neighbours', () => {
  assert.throws(() => findTarget(targets, 'fedora-40'), {
    code: 'VP_TARGET_UNKNOWN',
    message: "target 'fedora-40' is not known",
    hint: "did you mean fedora-41, fedora-44?\n'provision targets' lists all",
  });
  assert.throws(() => findTarget(targets, 'windows'), { hint: "'provision targets' lists all" });
  assert.throws(() => findTarget(targets, '__proto__'), { code: 'VP_TARGET_UNKNOWN' });
});
