import assert from 'node:assert/strict';
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import {
  call,
  emulator,
  makeDirectory,
  makeSite,
  owner,
  type Site,
  siteWords,
  target,
} from '../support/launcher.ts';
import { buildProbe } from '../support/probe.ts';
import { rootOnly } from '../support/scratch.ts';

interface Way {
  readonly name: string;
  /** Who QEMU runs as. */
  readonly user: { readonly uid: number; readonly gid: number };
  readonly launch: (
    command: 'run' | 'exec',
    site: Site,
    words: readonly string[],
    input: string,
  ) => ReturnType<typeof call>;
}

const asUser = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];

const ways: readonly Way[] = [
  {
    name: 'system mode',
    user: target,
    launch: (command, site, words, input) =>
      call(siteWords(site, command, '--name', 'vm', ...words), { input }),
  },
  {
    name: 'session mode',
    user: owner,
    launch: (command, site, words, input) =>
      call([command, '--name', 'vm', ...words], {
        wrapper: ['/usr/bin/setpriv', ...asUser],
        env: { PATH: '/usr/bin:/bin', HOME: `${site.path}/home` },
        cwd: '/',
        input,
      }),
  },
];

/** Arguments for a socket that QEMU itself binds. */
const servers: readonly ((path: string) => readonly string[])[] = [
  (path) => ['-vnc', `unix:${path}`],
  (path) => ['-serial', `mon:unix:${path},server=on,wait=off`],
];

function makeHome(context: TestContext, { user }: Way) {
  const site = makeSite(context);
  return { site, home: makeDirectory(`${site.path}/home`, 0o700, user) };
}

for (const way of ways)
  for (const server of servers) {
    const [option = '', value = ''] = server('x');
    test(`${option} ${value} in ${way.name}: files of its directory stay`, rootOnly, (context) => {
      const { site, home } = makeHome(context, way);
      makeDirectory(`${home}/deep`, 0o700, way.user);
      const deep = makeDirectory(`${home}/deep/er`, 0o700, way.user);
      const probe = buildProbe(site);
      const [thesis, letter] = [`${deep}/thesis`, `${home}/letter`];
      for (const path of [thesis, letter]) writeFileSync(path, 'x');
      const remove = (...options: readonly string[]) => {
        const words = [...options, '--', probe, ...server(`${home}/x`)];
        const input = `remove ${thesis}\nremove ${letter}\nmake ${deep}/file\n`;
        return way.launch('run', site, words, input);
      };
      const held = remove();
      assert.equal(held.stdout, 'remove EACCES\nremove EACCES\nmake EACCES\n', held.stderr);
      assert.match(held.stderr, /warning: QEMU makes \S+ itself: it may make sockets everywhere/);
      assert.deepEqual([existsSync(thesis), existsSync(letter)], [true, true]);
      assert.equal(remove('--landlock', 'off').stdout, 'remove ok\nremove ok\nmake ok\n');
    });

    test(
      `${option} ${value} in ${way.name}: a second start finds its name free`,
      rootOnly,
      (context) => {
        const { site, home } = makeHome(context, way);
        const path = `${home}/x`;
        const guest = ['-S', '-M', 'none', '-nodefaults', '-display', 'none', '-qmp', 'stdio'];
        const words = ['--', emulator, ...guest, ...server(path)];
        const input = '{"execute":"qmp_capabilities"}{"execute":"quit"}';
        const inodes = [1, 2].map(() => {
          // After `run` nothing is left of it where root could take it.
          const { status, stdout, stderr } = way.launch('exec', site, words, input);
          assert.equal(status, 0, stderr);
          assert.match(stdout, /"SHUTDOWN"/);
          assert.ok(lstatSync(path).isSocket());
          return lstatSync(path, { bigint: true }).ctimeNs;
        });
        assert.notEqual(inodes[0], inodes[1]);
      },
    );
  }
