import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  canBuild,
  home,
  listing,
  queryPackage,
  sharedPackages,
  sharedTree,
  version,
} from '../../support/package-build.ts';
import { textOf, unionOf } from '../../support/provision.ts';
import { projectRoot } from '../../support/scratch.ts';

const spec = readFileSync(join(projectRoot, 'rpm/virt-privileges.spec'), 'utf8');
const modules = `${home}/node_modules/`;
const wanted = [
  '/usr/libexec/virt-privileges/qemu-exec -rwxr-xr-x',
  '/usr/libexec/virt-privileges/qemu-wait -rwxr-xr-x',
  '/usr/libexec/virt-privileges/verify-exec -rwxr-xr-x',
  `${home}/dist/native/addon.node -rwxr-xr-x`,
  `${home}/dist/provision.mjs -rwxr-xr-x`,
  `${home}/dist/qemu-launch-service.cjs -rw-r--r--`,
  `${home}/dist/qemu-launch.cjs -rwxr-xr-x`,
  `${home}/dist/targets.json -rw-r--r--`,
  `${modules}yaml/LICENSE -rw-r--r--`,
];

test('files are where they belong, and nobody but root may write them', canBuild, async () => {
  const { programs } = await sharedPackages();
  const files = queryPackage(programs, '--qf', listing);
  for (const line of wanted) assert.ok(files.includes(`${line} root:root`), line);
  const isUnsafe = (line: string) => / [-d](?:....w|.......w)|[st] \S+$/.test(line);
  assert.deepEqual(files.filter(isUnsafe), []);
  assert.deepEqual(
    files.filter((line) => !line.endsWith(' root:root')),
    [],
  );
});

test(
  'of the npm packages only what runs is there, and nothing of it is a program',
  canBuild,
  async () => {
    const { programs } = await sharedPackages();
    const files = queryPackage(programs, '--qf', listing).filter((line) =>
      line.startsWith(modules),
    );
    assert.ok(files.length > 100);
    const isStray = (line: string) => /\.d\.[mc]?ts |\.map |\/\.| -..x/.test(line);
    assert.deepEqual(files.filter(isStray), []);
  },
);

test('links lead to the one place of each program', canBuild, async () => {
  const { programs } = await sharedPackages();
  const format = '[%{FILENAMES} → %{FILELINKTOS}\n]';
  const links = queryPackage(programs, '--qf', format).filter((line) => {
    return !line.endsWith('→ ') && !line.includes('/.build-id/');
  });
  assert.deepEqual(links, [
    '/usr/bin/provision → ../lib/node_modules/virt-privileges/dist/provision.mjs',
    '/usr/bin/qemu-launch → ../lib/node_modules/virt-privileges/dist/qemu-launch.cjs',
    `${home}/dist/native/qemu-exec → ../../../../../libexec/virt-privileges/qemu-exec`,
    `${home}/dist/native/qemu-wait → ../../../../../libexec/virt-privileges/qemu-wait`,
    `${home}/dist/native/verify-exec → ../../../../../libexec/virt-privileges/verify-exec`,
  ]);
});

test('every script names a fixed interpreter', canBuild, async () => {
  const top = join(await sharedTree(), 'usr');
  const scripts = readdirSync(top, { recursive: true })
    .map((name) => join(top, String(name)))
    .filter((path) => lstatSync(path).isFile() && !path.endsWith('.ejs'))
    .map((path) => /^#!.*/.exec(readFileSync(path, 'latin1'))?.[0])
    .filter((line) => line !== undefined);
  assert.deepEqual(scripts, ['#!/usr/bin/node', '#!/usr/bin/node']);
});

test('the package says what it bundles, what it needs and whose it is', canBuild, async () => {
  const { programs } = await sharedPackages();
  const bundled = [...spec.matchAll(/^Provides: +(.*)$/gm)].map(([, line]) => line);
  const provided = queryPackage(programs, '--provides');
  assert.deepEqual(
    provided.filter((line) => line.startsWith('bundled(')),
    bundled,
  );
  const required = queryPackage(programs, '--requires');
  assert.ok(required.includes('/usr/bin/node'));
  assert.ok(required.some((line) => line.startsWith('libcap-ng.so.0')));
  assert.deepEqual(queryPackage(programs, '--recommends'), [`virt-privileges-host = ${version}-1`]);
});

test(
  'the package of the host is for every architecture and holds what is generated',
  canBuild,
  async () => {
    const { host } = await sharedPackages();
    assert.deepEqual(queryPackage(host, '--qf', '%{ARCH} %{LICENSE} %{VERSION}\n'), [
      `noarch Apache-2.0 ${version}`,
    ]);
    const files = queryPackage(host, '-l').filter((path) => !path.includes('/licenses/'));
    assert.deepEqual(files, [
      '/usr/lib/systemd/system-preset/80-virt-privileges.preset',
      '/usr/lib/systemd/system/qemu-vm@.service',
      '/usr/lib/systemd/system/virt-privileges-recover.service',
      '/usr/lib/sysusers.d/virt-privileges.conf',
      '/usr/lib/sysusers.d/zz-virt-privileges-members.conf',
      '/usr/lib/tmpfiles.d/zz-virt-privileges-kvm.conf',
      '/usr/lib/udev/rules.d/60-virt-privileges-kvm.rules',
    ]);
  },
);

test(
  'a scriptlet for the accounts is there just where the generated example spec has one',
  canBuild,
  async () => {
    const { host } = await sharedPackages();
    assert.deepEqual(queryPackage(host, '--qf', '%|PREIN?{yes}:{no}|\n'), ['no']);
    const guard = /^%if .*\n%pre$/m.exec(textOf(unionOf(), 'virt-privileges-host.spec'))?.[0];
    assert.ok(guard !== undefined && spec.includes(`\n${guard} host\n`), guard);
  },
);

test('the package of the macros holds them and the set for every target', canBuild, async () => {
  const { macros } = await sharedPackages();
  const set = '/usr/share/virt-privileges/rpm';
  const expected = [set, ...unionOf().files.map(({ name }) => `${set}/${name}`)];
  const files = queryPackage(macros, '-l').filter((path) => !/\/(licenses|doc)\//.test(path));
  assert.deepEqual(files, [
    '/usr/lib/rpm/macros.d/macros.virt-privileges',
    '/usr/share/virt-privileges',
    ...expected.toSorted(),
  ]);
});
