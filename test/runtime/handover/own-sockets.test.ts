import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, lstatSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOwnSockets } from '../../../src/runtime/handover/own-sockets.ts';
import type { LaunchPlan } from '../../../src/runtime/launch-plan.ts';
import {
  awaitEnd,
  call,
  launcherPath,
  listReports,
  makeDirectory,
  makeSite,
  paused,
  type Site,
  siteWords,
  start,
  target,
} from '../../support/launcher.ts';
import { amidTrixie, needsNewerQemu } from '../../support/newer-qemu.ts';
import { planOf, resource } from '../../support/plan.ts';
import { isRoot, rootOnly } from '../../support/scratch.ts';
import { askSocket, awaitFile } from '../../support/sockets.ts';
import { needs } from '../../support/tool.ts';

const needsStrace = isRoot ? needs('strace') : rootOnly;

/** Waits until it is root's; whose and how open it is then, or at last. */
async function awaitTaken(path: string): Promise<string> {
  await awaitFile(path);
  for (const from = Date.now(); Date.now() - from < 20_000; await sleep(10)) {
    if (lstatSync(path).uid === 0) break;
  }
  const { mode, uid, gid } = lstatSync(path);
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
}

const servers: Readonly<Record<string, (path: string) => readonly string[]>> = {
  '-vnc': (path) => ['-vnc', `unix:${path}`],
  '-spice': (path) => ['-spice', `unix=on,addr=${path},disable-ticketing=on`],
  'a monitor behind a serial line': (path) => ['-serial', `mon:unix:${path},server=on,wait=off`],
};

const places: Readonly<Record<string, (site: Site) => string>> = {
  'its own directory': ({ run }) => `${run}/x`,
  'a directory of QEMU’s user': ({ path }) => makeDirectory(`${path}/home`, 0o700, target),
  'a directory that all share': ({ path }) => makeDirectory(`${path}/shared`, 0o1777),
};

for (const [what, words] of Object.entries(servers))
  for (const [where, place] of Object.entries(places)) {
    test(`${what} in ${where}: root's, and gone with QEMU`, rootOnly, async (context) => {
      const site = makeSite(context);
      const path = `${place(site)}/socket`;
      for (const round of [1, 2]) {
        const { launcher, ended, stderr } = await start(context, site, 'x', [
          ...paused,
          ...words(path),
        ]);
        assert.equal(await awaitTaken(path), '600 0:0', `${round}: ${stderr()}`);
        assert.match(await askSocket(path, '', target.uid), /Permission denied/);
        launcher.kill('SIGTERM');
        await ended;
        assert.equal(existsSync(path), false);
        assert.doesNotMatch(stderr(), /cannot be given to root/);
      }
    });
  }

test('root connects to what was taken', rootOnly, async (context) => {
  const site = makeSite(context);
  const path = `${site.run}/x/monitor`;
  const words = [
    '-serial',
    `mon:unix:${path},server=on,wait=off`,
    '-vnc',
    `unix:${site.run}/x/screen`,
  ];
  await start(context, site, 'x', [...paused, ...words]);
  assert.equal(await awaitTaken(path), '600 0:0');
  assert.equal(await awaitTaken(`${site.run}/x/screen`), '600 0:0');
  // The first key of the line that it shares with the guest: Ctrl-A c.
  assert.match(await askSocket(path, '\u0001c'), /\(qemu\)/);
});

test('a name that counts from where it was started is found too', rootOnly, async (context) => {
  const site = makeSite(context);
  const path = `${makeDirectory(`${site.path}/home`, 0o700, target)}/socket`;
  await start(context, site, 'x', [...paused, '-vnc', `unix:.${path}`]);
  assert.equal(await awaitTaken(path), '600 0:0');
});

test(
  'where anybody may put another in its place it stays, and that is said',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const path = `${makeDirectory(`${site.path}/open`, 0o777)}/socket`;
    const { stderr } = await start(context, site, 'x', [...paused, '-vnc', `unix:${path}`]);
    for (const from = Date.now(); Date.now() - from < 20_000; await sleep(10)) {
      if (stderr().includes('cannot be given')) break;
    }
    assert.match(
      stderr(),
      /warning: \S+\/open\/socket cannot be given to root alone, so other QEMUs of its user may connect: \S+\/open can be written by others than its owner\n/,
    );
    assert.equal(lstatSync(path).uid, target.uid);
  },
);

test('QEMU 10 gives them up too', needsNewerQemu, async (context) => {
  const site = makeSite(context);
  const path = `${site.run}/x/socket`;
  await start(context, site, 'x', [...paused, '-vnc', `unix:${path}`], [], amidTrixie(context));
  assert.equal(await awaitTaken(path), '600 0:0');
});

test('exec has nobody who could take it', rootOnly, async (context) => {
  const site = makeSite(context);
  const path = `${site.run}/x/screen`;
  const words = siteWords(site, 'exec', '--name', 'x', '--', ...paused, '-vnc', `unix:${path}`);
  const qemu = spawn(process.execPath, [launcherPath, ...words], { cwd: '/', stdio: 'ignore' });
  context.after(() => qemu.kill('SIGKILL'));
  await awaitFile(path);
  assert.equal(lstatSync(path).uid, target.uid);
});

test(
  'killed with its launcher it leaves nothing that bars the next start',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const path = `${makeDirectory(`${site.path}/shared`, 0o1777)}/socket`;
    const { launcher, pid } = await start(context, site, 'x', [...paused, '-vnc', `unix:${path}`]);
    assert.equal(await awaitTaken(path), '600 0:0');
    launcher.kill('SIGKILL');
    await awaitEnd(pid);
    assert.ok(existsSync(path));
    call(['restore', '--all', '--state-dir', site.state, '--run-dir', site.run]);
    assert.deepEqual([existsSync(path), listReports(site)], [false, []]);
  },
);

test('what other guests connect to stays QEMU’s', rootOnly, async (context) => {
  const site = makeSite(context);
  const own = `${site.run}/x`;
  const address = `addr.type=unix,addr.path=${own}/cable`;
  const words = ['-netdev', `stream,id=n,server=on,${address}`, '-vnc', `unix:${own}/screen`];
  await start(context, site, 'x', [...paused, ...words]);
  assert.equal(await awaitTaken(`${own}/screen`), '600 0:0');
  // QEMU makes the screen after the cable.
  assert.equal(lstatSync(`${own}/cable`).uid, target.uid);
});

const fatal = ['fchownat', 'chmod'];

for (const name of fatal) {
  test(
    `a launcher that is killed at its ${name}: what it has noted goes`,
    needsStrace,
    async (context) => {
      const site = makeSite(context);
      const path = `${makeDirectory(`${site.path}/shared`, 0o1777)}/socket`;
      const last = name === 'chmod' ? 2 : 1;
      const inject = `inject=${name}:signal=SIGKILL:when=${last}`;
      const wrapper = ['strace', '-qq', '-o', '/dev/null', '-e', `trace=${name}`, '-e', inject];
      const words = siteWords(site, 'run', '--name', 'x', '--', ...paused, '-vnc', `unix:${path}`);
      call(words, { wrapper });
      // It ends with its parent.
      await awaitEnd(listReports(site)[0]?.pid ?? 0);
      assert.ok(existsSync(path));
      call(['restore', '--all', '--state-dir', site.state, '--run-dir', site.run]);
      assert.deepEqual([existsSync(path), listReports(site)], [false, []]);
    },
  );
}

const given: readonly (readonly [string, Partial<LaunchPlan>, readonly string[]])[] = [
  ['-vnc unix:/s', {}, ['/s']],
  ['vm.conf [chardev]', {}, ['/s']],
  ['-vnc unix:/s', { mode: 'session' }, []],
  ['-vnc unix:/s', { identity: { user: 'root', uid: 0, group: 'root', gid: 0, groups: [] } }, []],
  ['-netdev stream,server=on', {}, []],
  ['-nic stream,server=on', {}, []],
  ['-incoming unix:/s', {}, []],
  ['--object x-vfio-user-server', {}, []],
  ['vm.conf [netdev]', {}, []],
];

for (const [from, more, expected] of given) {
  test(`${from} ${Object.keys(more)}: ${expected.length === 1 ? 'taken' : 'left'}`, () => {
    const socket = { kind: 'socket', created: true, action: 'create', from: [from] } as const;
    const plan = { ...planOf([resource('/s', socket), resource('/disk')], []), ...more };
    assert.deepEqual(findOwnSockets(plan), expected);
    const passed = resource('/s', { ...socket, action: 'pass' });
    assert.deepEqual(findOwnSockets({ ...plan, resources: [passed] }), []);
  });
}
