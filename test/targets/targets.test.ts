import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { findTarget, parseTargets } from '../../src/targets/targets.ts';
import { isVersionWithin, normaliseVersion } from '../../src/targets/version.ts';
import { target, targets, targetsText } from '../support/provision.ts';

/** The four releases that the other tests build on, whole. */
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
  const groups = ['traits', 'families', 'targets'].flatMap((key) => Object.values(table[key]));
  const facts = groups
    .flatMap((group) => Object.entries(group as object))
    .filter(([key]) => !['family', 'like', 'release', 'traits'].includes(key));
  const rules = Object.entries(table.upstream).flatMap(([name, list]) =>
    (list as object[]).map((rule) => [name, rule] as const),
  );
  assert.ok(facts.length > 100 && rules.length > 15);
  for (const [name, fact] of [...facts, ...rules]) {
    const { value, source, confidence, when: _, ...more } = fact;
    assert.notEqual(value, undefined, name);
    assert.equal(typeof source, 'string', name);
    assert.equal(typeof confidence, 'string', name);
    assert.deepEqual(more, {}, name);
  }
});

test('every rule, trait, family and fact of a family decides something', () => {
  const table = parse(targetsText);
  const used = new Set(targets.flatMap(({ sources }) => Object.values(sources)));
  const isUsed = (source: string) => [...used].some((text) => text.startsWith(source));
  const groups = [...Object.values(table.traits), ...Object.values(table.families)];
  const facts = [...groups.flatMap((group) => Object.values(group as object))];
  for (const { source } of [...facts, ...Object.values(table.upstream).flat()]) {
    assert.ok(isUsed(source), source);
  }
});

test('versions grow from release to release of a line', () => {
  for (const [index, newer] of targets.entries()) {
    const older = targets[index - 1];
    if (older === undefined || lineOf(older.id) !== lineOf(newer.id)) continue;
    for (const name of ['rpm', 'systemd'] as const) {
      const range = `>=${normaliseVersion(older[name])}`;
      assert.ok(
        isVersionWithin(newer[name], range),
        `${newer.id}: ${name} ${newer[name]} ${range}`,
      );
    }
  }
});

function lineOf(id: string): string {
  return id.replace(/-?[0-9.]*$/, '');
}

test('a fact that follows from a version says from which', () => {
  const { sources } = target('fedora-44');
  assert.match(sources['accounts'] ?? '', /\(measured\), rpm 6\.0\.1 is >=4\.19\.0$/);
  assert.match(sources['udev'] ?? '', /\(documented\), systemd 259 is >=238\.0\.0$/);
  assert.match(
    target('fedora-41').sources['accounts'] ?? '',
    /patch that turns native sysusers off \(code\)$/,
  );
});

test('a table of another version is refused', () => {
  const later = targetsText.replace('version: 1', 'version: 2');
  assert.throws(() => parseTargets(later, 't'), {
    message: /version 2 of the table is not known$/,
  });
});

test('an unknown target names its neighbours', () => {
  assert.throws(() => findTarget(targets, 'fedora-46'), {
    code: 'VP_TARGET_UNKNOWN',
    message: "target 'fedora-46' is not known",
    hint: "did you mean fedora-16, fedora-26, fedora-36?\n'provision targets' lists all",
  });
  assert.throws(() => findTarget(targets, 'windows'), { hint: "'provision targets' lists all" });
  assert.throws(() => findTarget(targets, '__proto__'), { code: 'VP_TARGET_UNKNOWN' });
});
