import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FuseBehaviour, mountFuse, needsFuse, setAttributes } from '../support/fuse.ts';
import {
  abandon,
  call,
  launcherPath,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  type Site,
  siteWords,
  start,
  target,
} from '../support/launcher.ts';

const wordsFor = (disk: string) => [...paused, '-drive', `file=${disk},format=raw`];
const records = (site: Site) =>
  readdirSync(`${site.state}/claims`).filter((name) => name !== 'lock');

const hers: FuseBehaviour = { owner, mode: 0o600, owners: 'changed' };

test('a disk that a server of files keeps is given and given back', needsFuse, async (context) => {
  const site = makeSite(context);
  mountFuse(context, `${site.path}/fs`, hers);
  const disk = `${site.path}/fs/disk.raw`;
  const started = await start(context, site, 'x', wordsFor(disk));
  assert.deepEqual(ownerOf(disk), target);
  started.launcher.kill('SIGTERM');
  assert.equal(await started.ended, 0);
  assert.deepEqual(ownerOf(disk), owner);
});

for (const owners of ['refused', 'ignored', 'halved'] as const) {
  test(
    `where changes of owner are ${owners}, a disk that QEMU may use stays as it is`,
    needsFuse,
    async (context) => {
      const site = makeSite(context);
      mountFuse(context, `${site.path}/fs`, { owner, mode: 0o666, owners });
      const disk = `${site.path}/fs/disk.raw`;
      const started = await start(context, site, 'x', wordsFor(disk));
      assert.deepEqual(ownerOf(disk), owner);
      const second = call(siteWords(site, 'run', '--name', 'y', '--', ...wordsFor(disk)));
      assert.match(second.stderr, /in use by the VM x/);
      started.launcher.kill('SIGTERM');
      assert.equal(await started.ended, 0);
      assert.match(started.stderr(), /disk\.raw keeps its owner, which cannot be changed/);
      assert.deepEqual([ownerOf(disk), records(site)], [owner, []]);
    },
  );

  test(
    `where changes of owner are ${owners}, a disk that QEMU may not use refuses the start`,
    needsFuse,
    (context) => {
      const site = makeSite(context);
      mountFuse(context, `${site.path}/fs`, { owner, mode: 0o600, owners });
      const other = makeDisk(site);
      const words = [...wordsFor(other), '-hdb', `${site.path}/fs/disk.raw`];
      const { status, stderr } = call(siteWords(site, 'run', '--', ...words));
      assert.equal(status, 125);
      assert.match(stderr, /error: cannot give .*fs\/disk\.raw to 34567:45678: /);
      assert.deepEqual([ownerOf(other), records(site)], [owner, []]);
    },
  );
}

test(
  'a server that is gone keeps its own disk on record, and nobody else’s',
  needsFuse,
  async (context) => {
    const site = makeSite(context);
    const server = mountFuse(context, `${site.path}/fs`, hers);
    const other = makeDisk(site);
    const words = [...wordsFor(other), '-hdb', `${site.path}/fs/disk.raw`];
    const started = await start(context, site, 'x', words);
    server.kill('SIGKILL');
    await once(server, 'close');
    started.launcher.kill('SIGTERM');
    await started.ended;
    assert.match(started.stderr(), /fs\/disk\.raw cannot be reached: /);
    assert.deepEqual([ownerOf(other), records(site)], [owner, ['x.json']]);
  },
);

test(
  'a server that never answers is waited for, and when it is gone all is given back',
  needsFuse,
  async (context) => {
    const site = makeSite(context);
    const server = mountFuse(context, `${site.path}/fs`, { ...hers, hangsAt: setAttributes });
    const other = makeDisk(site);
    const words = siteWords(
      site,
      'run',
      '--name',
      'x',
      '--',
      ...wordsFor(other),
      '-hdb',
      `${site.path}/fs/disk.raw`,
    );
    const launcher = spawn(process.execPath, [launcherPath, ...words], {
      cwd: '/',
      stdio: 'ignore',
    });
    const ended = once(launcher, 'close');
    while (ownerOf(other).uid !== target.uid && launcher.exitCode === null) await sleep(5);
    await sleep(50);
    assert.equal(launcher.exitCode, null);
    server.kill('SIGKILL');
    assert.deepEqual(await ended, [125, null]);
    call(siteWords(site, 'restore', '--all'));
    assert.deepEqual(ownerOf(other), owner);
  },
);

test(
  'a server that answers nothing any more holds up neither its own VM’s end nor another’s start',
  needsFuse,
  async (context) => {
    const site = makeSite(context);
    const hangsWhile = `${site.path}/hang`;
    const server = mountFuse(context, `${site.path}/fs`, { ...hers, hangsWhile });
    const disk = `${site.path}/fs/disk.raw`;
    abandon(site, 'x', disk);
    writeFileSync(hangsWhile, '');
    const other = makeDisk(site);
    const words = ['--name', 'y', '--', '/bin/true', '-drive', `file=${other},format=raw`];
    const run = call(siteWords(site, 'run', ...words));
    assert.deepEqual([run.status, ownerOf(other)], [0, owner]);
    const silent = /disk\.raw cannot be reached: its file system does not answer/;
    assert.match(run.stderr, silent);
    const restore = call(siteWords(site, 'restore', 'x'));
    assert.deepEqual([restore.status, silent.test(restore.stderr)], [1, true]);
    assert.deepEqual(records(site), ['x.json']);
    rmSync(hangsWhile);
    // Whoever was waiting is not answered any more; who asks now is.
    assert.equal(call(siteWords(site, 'restore', 'x')).status, 0);
    assert.deepEqual(ownerOf(disk), owner);
    // And with it those who still wait, and hold the mount.
    server.kill('SIGKILL');
    await once(server, 'close');
  },
);
