import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '../../src/targets/target.ts';
import { target, targets } from '../support/provision.ts';

// What packages must do on each release, written down once more and by hand, so that a rule or a
// trait that reaches one release too many or too few is seen.

const fedora = (first: number, last: number): readonly string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `fedora-${first + index}`);
const rhel = (...majors: readonly number[]): readonly string[] =>
  majors.flatMap((major) => [`rhel-${major}`, `centos-${major}`]);
const leaps = ['opensuse-leap-15', 'opensuse-leap-16'];
const opensuse = [...leaps, 'opensuse-tumbleweed'];
const debian = ['debian-11', 'debian-12', 'debian-13', 'debian-sid'];
const ubuntu = ['ubuntu-20.04', 'ubuntu-22.04', 'ubuntu-24.04', 'ubuntu-25.10', 'ubuntu-26.04'];
const everything = [
  ...fedora(12, 45),
  'rawhide',
  ...[7, 8, 9, 10].map((major) => `rhel-${major}`),
  ...[7, 8, 9, 10].map((major) => `centos-${major}`),
  ...opensuse,
  ...debian,
  ...ubuntu,
];

test('every promised release, oldest first', () => {
  assert.deepEqual(
    targets.map(({ id }) => id),
    everything,
  );
});

type Row<Name extends keyof Target> = readonly [Target[Name], readonly string[]];

/** For one fact: each value with the releases that have it. Together the rows name every release once. */
function rows<Name extends keyof Target>(name: Name, ...table: readonly Row<Name>[]): void {
  test(`${name} of every release`, () => {
    const named = table.flatMap(([, ids]) => ids);
    assert.deepEqual([...named].sort(), [...everything].sort());
    for (const [value, ids] of table) {
      for (const id of ids) assert.deepEqual(target(id)[name], value, id);
    }
  });
}

const dpkg = [...debian, ...ubuntu];

rows(
  'family',
  ['fedora', [...fedora(12, 45), 'rawhide']],
  ['rhel', rhel(7, 8, 9, 10)],
  ['opensuse', opensuse],
  ['debian', debian],
  ['ubuntu', ubuntu],
);
rows(
  'rpmMacro',
  ['fedora', [...fedora(12, 45), 'rawhide']],
  ['rhel', rhel(7, 8, 9, 10)],
  ['suse_version', opensuse],
  [null, dpkg],
);
rows(
  'accounts',
  ['scriptlet', [...fedora(12, 41), ...rhel(7, 8, 9, 10), ...opensuse, ...dpkg]],
  ['native', [...fedora(42, 45), 'rawhide']],
);
rows(
  'accountDependencies',
  ['none', [...fedora(12, 38), ...rhel(7, 8, 9), 'opensuse-leap-15', ...dpkg]],
  ['weak', [...fedora(39, 42), ...rhel(10)]],
  ['hard', [...fedora(43, 45), 'rawhide', 'opensuse-leap-16', 'opensuse-tumbleweed']],
);
rows(
  'compatMacro',
  ['none', [...fedora(12, 31), ...rhel(7, 8), ...opensuse, ...dpkg]],
  ['partial', fedora(32, 37)],
  ['complete', [...fedora(38, 41), ...rhel(9, 10)]],
  ['neutered', [...fedora(42, 45), 'rawhide']],
);
rows(
  'commentsOk',
  [false, fedora(39, 41)],
  [true, everything.filter((id) => !fedora(39, 41).includes(id))],
);
rows('membersOk', [false, fedora(39, 39)], [true, everything.filter((id) => id !== 'fedora-39')]);
const bang = [
  ...fedora(42, 45),
  'rawhide',
  'debian-13',
  'debian-sid',
  'ubuntu-25.10',
  'ubuntu-26.04',
];
rows('bangOk', [true, bang], [false, everything.filter((id) => !bang.includes(id))]);
rows(
  'udev',
  ['pre-static-node', fedora(12, 13)],
  ['scriptlet', [...fedora(14, 27), ...rhel(7), 'opensuse-leap-15']],
  [
    'filetrigger',
    [...fedora(28, 45), 'rawhide', ...rhel(8, 9, 10), 'opensuse-leap-16', 'opensuse-tumbleweed'],
  ],
  ['postinst', dpkg],
);
const inLib = [...fedora(14, 16), 'debian-11', 'ubuntu-20.04'];
rows(
  'rulesDirectory',
  ['/etc/udev/rules.d', fedora(12, 13)],
  ['/lib/udev/rules.d', inLib],
  ['/usr/lib/udev/rules.d', everything.filter((id) => ![...fedora(12, 13), ...inLib].includes(id))],
);
const historical = [...fedora(12, 27), ...rhel(7)];
rows(
  'rulesFile',
  ['80-kvm.rules', historical],
  ['60-virt-privileges-kvm.rules', everything.filter((id) => !historical.includes(id))],
);
rows(
  'staticNode',
  [false, fedora(12, 13)],
  [true, everything.filter((id) => !fedora(12, 13).includes(id))],
);
const withoutCompanion = [...fedora(12, 31), ...rhel(7, 8)];
rows(
  'tmpfilesCompanion',
  [false, withoutCompanion],
  [true, everything.filter((id) => !withoutCompanion.includes(id))],
);
rows(
  'kvmRuleOwner',
  ['qemu', [...fedora(12, 26), ...rhel(7)]],
  ['systemd', [...fedora(27, 45), 'rawhide', ...rhel(8, 9, 10)]],
  ['udev', [...opensuse, ...dpkg]],
);
const rpmOnes = everything.filter((id) => !dpkg.includes(id));
rows('kvmMode', ['0666', rpmOnes], ['0660', dpkg]);
rows('kvmAccess', ['world', rpmOnes], ['uaccess', dpkg]);
rows('user', ['qemu', rpmOnes], ['libvirt-qemu', dpkg]);
rows('uid', [107, rpmOnes], [64055, dpkg]);
rows('group', ['qemu', rpmOnes], ['libvirt-qemu', debian], ['kvm', ubuntu]);
rows('gid', [107, rpmOnes], [64055, debian], [null, ubuntu]);
rows('kvmGroup', ['kvm', everything]);
rows('kvmGid', [36, rpmOnes], [null, dpkg]);
rows('home', ['/', rpmOnes], ['/var/lib/libvirt', dpkg]);
rows(
  'shell',
  ['/sbin/nologin', [...fedora(12, 45), 'rawhide', ...rhel(7, 8, 9, 10)]],
  ['/usr/sbin/nologin', [...opensuse, ...dpkg]],
);
rows('userComment', ['qemu user', rpmOnes], ['Libvirt Qemu', dpkg]);
rows(
  'accountTools',
  ['shadow-utils', [...fedora(12, 45), 'rawhide', ...rhel(7, 8, 9, 10)]],
  ['shadow', opensuse],
  [null, dpkg],
);
rows(
  'accountPackages',
  [['system-group-kvm', 'system-user-qemu'], opensuse],
  [[], everything.filter((id) => !opensuse.includes(id))],
);

test('the number in the id is what a spec file tests', () => {
  for (const id of [...fedora(12, 45), ...rhel(7, 8, 9, 10)]) {
    assert.equal(`${target(id).rpmMacroValue}`, id.split('-')[1], id);
  }
  assert.equal(target('rawhide').rpmMacroValue, 46);
  assert.deepEqual(
    opensuse.map((id) => target(id).rpmMacroValue),
    [1500, 1600, 1699],
  );
  for (const id of dpkg) assert.equal(target(id).rpmMacroValue, null);
});
