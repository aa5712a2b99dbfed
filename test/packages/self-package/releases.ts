import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { sharedArchives } from '../../support/archives.ts';
import {
  buildInRoot,
  canBuild,
  listing,
  queryPackage,
  sharedPackages,
  version,
} from '../../support/package-build.ts';
import { needsReleases, type Release, releaseRoot, runInRoot } from '../../support/release-root.ts';
import { rounds } from '../../support/scratch.ts';
import { runTool } from '../../support/tool.ts';

const families: readonly (readonly [string, readonly string[]])[] = [
  [
    'fedora 44',
    [
      'gcc',
      'make',
      'nodejs(engine) >= 20.19',
      'nodejs-devel',
      'pkgconfig(libcap-ng)',
      'systemd-rpm-macros',
    ],
  ],
  [
    'rhel 10',
    [
      'gcc',
      'make',
      'nodejs(engine) >= 20.19',
      'nodejs-devel',
      'pkgconfig(libcap-ng)',
      'systemd-rpm-macros',
    ],
  ],
  [
    'suse_version 1600',
    [
      'gcc',
      'make',
      'nodejs >= 20.19',
      'nodejs-devel',
      'pkgconfig(libcap-ng)',
      'systemd-rpm-macros',
    ],
  ],
  ['debian 13', []],
];

for (const [define, expected] of families) {
  test(`${define}: what the build needs`, canBuild, async () => {
    const sources = await sharedArchives();
    const defines = ['--define', define, '--define', `_sourcedir ${sources}`];
    const spec = join(sources, 'virt-privileges.spec');
    const { status, stdout, stderr } = runTool('rpmspec', [
      '-q',
      '--srpm',
      '--requires',
      ...defines,
      spec,
    ]);
    assert.deepEqual([status, stderr], [0, '']);
    const needed = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('rpmlib('));
    assert.deepEqual(needed.toSorted(), expected);
  });
}

const long = rounds(0, 1) === 1;

for (const release of ['trixie', 'sid'] satisfies readonly Release[]) {
  const options = long
    ? needsReleases(release)
    : { skip: 'builds in the root of another release: npm run test:long' };
  test(
    `${release}: its rpm builds the same files, installs them, and they run`,
    options,
    async (context) => {
      const root = releaseRoot(context, release);
      const here = await sharedPackages();
      const there = await buildInRoot(root);
      const isOurs = (line: string) => !line.includes('/.build-id');
      for (const one of ['programs', 'host', 'macros'] as const) {
        const paths = (file: string) =>
          queryPackage(file, '--qf', listing).filter(isOurs).toSorted();
        assert.deepEqual(paths(there[one]), paths(here[one]));
      }
      const script = `
        rpm -i --nodeps /srv/top/RPMS/*/*.rpm
        provision --version
        qemu-launch --version
        getent passwd qemu
      `;
      const { stdout, stderr } = runInRoot(root, ['sh', '-ec', script]);
      const account = 'qemu:x:107:107:qemu user:/:/sbin/nologin\n';
      assert.equal(stdout, `provision ${version}\nqemu-launch ${version}\n${account}`);
      assert.equal(stderr, '');
    },
  );
}
