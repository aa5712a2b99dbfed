import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveTarget } from '../../src/targets/resolve-target.ts';
import { targets } from '../support/provision.ts';

const hintAll = "'provision targets' lists all";

for (const { id } of targets) {
  test(`${id} is itself`, () => {
    const { target, findings } = resolveTarget(targets, id);
    assert.equal(target.id, id);
    assert.deepEqual(findings, []);
  });
}

const otherNames: readonly (readonly [string, string])[] = [
  ['fedora-rawhide', 'rawhide'],
  ['sid', 'debian-sid'],
  ['debian-unstable', 'debian-sid'],
  ['debian-12.11', 'debian-12'],
  ['tumbleweed', 'opensuse-tumbleweed'],
  ['leap-15', 'opensuse-leap-15'],
  ['leap-15.6', 'opensuse-leap-15'],
  ['opensuse-leap-15.6', 'opensuse-leap-15'],
  ['opensuse-leap-16.0', 'opensuse-leap-16'],
  ['rhel-9.4', 'rhel-9'],
  ['rhel-8.10', 'rhel-8'],
  ['centos-7.9', 'centos-7'],
  ['ubuntu-24.04.3', 'ubuntu-24.04'],
];

for (const [id, expected] of otherNames) {
  test(`${id} is another name of ${expected}`, () => {
    const { target, findings } = resolveTarget(targets, id);
    assert.equal(target.id, expected);
    assert.deepEqual(findings, []);
  });
}

const standIns: readonly (readonly [string, string])[] = [
  ['fedora-46', 'rawhide'],
  ['fedora-47', 'rawhide'],
  ['fedora-99', 'rawhide'],
  ['rhel-11', 'rhel-10'],
  ['rhel-11.2', 'rhel-10'],
  ['centos-11', 'centos-10'],
  ['opensuse-leap-17', 'opensuse-tumbleweed'],
  ['leap-17.1', 'opensuse-tumbleweed'],
  ['debian-14', 'debian-sid'],
  ['debian-14.1', 'debian-sid'],
  ['ubuntu-26.10', 'ubuntu-26.04'],
  ['ubuntu-27.04', 'ubuntu-26.04'],
  ['ubuntu-27.04.1', 'ubuntu-26.04'],
  ['ubuntu-20.10', 'ubuntu-20.04'],
  ['ubuntu-24.10', 'ubuntu-24.04'],
  ['ubuntu-25.04', 'ubuntu-24.04'],
];

for (const [id, expected] of standIns) {
  test(`${expected} stands in for ${id}, with a warning`, () => {
    const { target, findings } = resolveTarget(targets, id);
    assert.equal(target.id, expected);
    assert.deepEqual(findings, [
      {
        code: 'VP_WARN_TARGET_NEWER',
        severity: 'warning',
        message: `target '${id}' is not in the table of targets: ${expected}, the nearest to it, is used in its place`,
        hint: `check that what holds for ${expected} holds there too, or choose with --target`,
      },
    ]);
  });
}

const older: readonly (readonly [string, string])[] = [
  ['fedora-11', 'fedora-12'],
  ['fedora-1', 'fedora-12'],
  ['rhel-6', 'rhel-7'],
  ['rhel-6.10', 'rhel-7'],
  ['centos-5', 'centos-7'],
  ['opensuse-leap-1', 'opensuse-leap-15'],
  ['debian-10', 'debian-11'],
  ['ubuntu-18.04', 'ubuntu-20.04'],
  ['ubuntu-19.10', 'ubuntu-20.04'],
];

for (const [id, oldest] of older) {
  test(`${id} is older than the table`, () => {
    assert.throws(() => resolveTarget(targets, id), {
      code: 'VP_TARGET_UNKNOWN',
      message: `target '${id}' is not known: the oldest of its kind is ${oldest}`,
      hint: hintAll,
    });
  });
}

const unknown = [
  '',
  'fedora',
  'fedora-',
  'fedora-0',
  'fedora-4x',
  'fedora-044',
  'fedora-44.1',
  'fedora-100',
  'fedora--44',
  'fedora-44 ',
  'fedora-44\n',
  'Fedora-44',
  'fedora-99999999999999999999',
  'fedora-4e1',
  'rhel-9.9999',
  'ubuntu-24',
  'ubuntu-24.4',
  'ubuntu-24.04.10000',
  'leap',
  'opensuse-42',
  'rawhide-46',
  'arch',
  'amzn-2023',
  'windows-11',
  '__proto__',
  'constructor-1',
  `${'a-'.repeat(50_000)}1`,
];

for (const id of unknown) {
  test(`'${id.slice(0, 30)}' is no target`, () => {
    const started = performance.now();
    assert.throws(() => resolveTarget(targets, id), {
      code: 'VP_TARGET_UNKNOWN',
      message: `target '${id}' is not known`,
    });
    assert.ok(performance.now() - started < 1000);
  });
}

test('an unknown target comes with the nearest names', () => {
  assert.throws(() => resolveTarget(targets, 'fedora-4x'), {
    hint: `did you mean fedora-40, fedora-41, fedora-42?\n${hintAll}`,
  });
  assert.throws(() => resolveTarget(targets, 'debain-12'), {
    hint: `did you mean debian-12, debian-11, debian-13?\n${hintAll}`,
  });
  assert.throws(() => resolveTarget(targets, 'windows-11'), { hint: hintAll });
});
