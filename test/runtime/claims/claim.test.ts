import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
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
} from '../../support/launcher.ts';
import { compile } from '../../support/program.ts';
import { rootOnly } from '../../support/scratch.ts';

function records(site: Site): readonly string[] {
  return readdirSync(`${site.state}/claims`).filter((name) => name.endsWith('.json'));
}

test('what a dead VM has left is given back first, by whoever meets it', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  abandon(site, 'dead', disk);
  const { status, stderr } = call(siteWords(site, 'run', '--name', 'other', '--', '/bin/true'));
  assert.equal(status, 0);
  assert.match(stderr, /left by a VM that is gone: .*disk\.raw given back to 12345:23456/);
  assert.deepEqual(ownerOf(disk), owner);
  assert.deepEqual(records(site), []);
});

test(
  'a record made in another boot is a dead VM’s, whatever its pid',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    abandon(site, 'old', disk);
    const path = `${site.state}/claims/old.json`;
    const record = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...record, bootId: 'another', pid: 1, startTime: '1' }));
    assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
    assert.deepEqual(ownerOf(disk), owner);
  },
);

test(
  'a record that prepare left bears no pid and stands until it is named',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    abandon(site, 'waiting', disk);
    const path = `${site.state}/claims/waiting.json`;
    const record = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...record, pid: null, startTime: null }));
    const list = call(siteWords(site, 'list'));
    assert.match(list.stdout, /^waiting +prepared +/m);
    assert.equal(JSON.parse(call(siteWords(site, 'list', '--json')).stdout).vms[0].running, false);
    assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
    assert.deepEqual(ownerOf(disk), target);
    const again = call(siteWords(site, 'run', '--name', 'waiting', '--', '/bin/true'));
    assert.match(again.stderr, /a VM named waiting is there already \(prepared, not started yet\)/);
    const other = call(siteWords(site, 'run', '--name', 'x', '--', '/bin/true', '-hda', disk));
    assert.match(other.stderr, /in use by the VM waiting \(prepared, not started yet\)/);
    assert.equal(call(siteWords(site, 'restore', 'waiting')).status, 0);
    assert.deepEqual(ownerOf(disk), owner);
  },
);

test(
  'a claim that cannot be given back yet bars its own name, and is not forgotten',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const place = `${site.path}/mount`;
    mkdirSync(place);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', place]);
    const hidden = makeDisk(site, 'mount/disk.raw');
    abandon(site, 'x', hidden);
    mkdirSync(`${site.path}/aside`);
    execFileSync('mount', ['--move', place, `${site.path}/aside`]);
    assert.equal(call(siteWords(site, 'restore', '--all')).status, 1);
    const disk = makeDisk(site);
    const again = call(siteWords(site, 'run', '--name', 'x', '--', '/bin/true', '-hda', disk));
    assert.equal(again.status, 125);
    assert.match(again.stderr, /the VM x still holds .*mount\/disk\.raw from an earlier run/);
    assert.deepEqual(ownerOf(disk), owner);
    execFileSync('mount', ['--move', `${site.path}/aside`, place]);
    assert.equal(call(siteWords(site, 'restore', 'x')).status, 0);
    assert.deepEqual(ownerOf(hidden), owner);
  },
);

test('two names of one file are one disk: a bind mount', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  writeFileSync(`${site.path}/other.raw`, '');
  execFileSync('mount', ['--bind', disk, `${site.path}/other.raw`]);
  await start(context, site, 'first', [...paused, '-drive', `file=${disk},format=raw`]);
  const { status, stderr } = call(
    siteWords(site, 'run', '--name', 'second', '--', ...paused, '-hda', `${site.path}/other.raw`),
  );
  assert.deepEqual([status, /in use by the VM first/.test(stderr)], [125, true]);
});

function attachLoop(image: string): string | null {
  const words = ['--find', '--show', image];
  const { status, stdout } = spawnSync('losetup', words, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

test(
  'a block device is claimed and given back, and two nodes of it are one disk',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const image = makeDisk(site);
    const loop = attachLoop(image);
    if (loop === null) {
      context.skip('needs a loop device');
      return;
    }
    context.after(() => execFileSync('losetup', ['--detach', loop]));
    const before = ownerOf(loop);
    const { rdev } = statSync(loop);
    execFileSync('mknod', [`${site.path}/alias`, 'b', String(rdev >> 8), String(rdev & 255)]);
    const started = await start(context, site, 'first', [
      ...paused,
      '-drive',
      `file=${loop},format=raw`,
    ]);
    assert.deepEqual(ownerOf(loop), target);
    const { stderr } = call(
      siteWords(site, 'run', '--name', 'second', '--', ...paused, '-hda', `${site.path}/alias`),
    );
    assert.match(stderr, /alias is in use by the VM first/);
    started.launcher.kill('SIGTERM');
    await started.ended;
    assert.deepEqual(ownerOf(loop), before);
  },
);

/** An overlay that has no room for the copy which a change of owner makes; nothing tells so beforehand. */
function mountFull(site: Site): string {
  const [lower, upper, place] = ['lower', 'upper', 'full'].map((name) => `${site.path}/${name}`);
  for (const path of [lower, upper, place]) mkdirSync(`${path}`);
  makeDisk(site, 'lower/second.raw');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', `${upper}`]);
  for (const path of [`${upper}/files`, `${upper}/work`]) mkdirSync(path);
  const layers = `lowerdir=${lower},upperdir=${upper}/files,workdir=${upper}/work`;
  execFileSync('mount', ['-t', 'overlay', '-o', layers, 'overlay', `${place}`]);
  return `${place}`;
}

test(
  'a file system that refuses to change owners refuses the start, with everything as it was',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const first = makeDisk(site, 'first.raw');
    const second = `${mountFull(site)}/second.raw`;
    const { status, stderr } = call(
      siteWords(site, 'run', '--', ...paused, '-hda', first, '-hdb', second),
    );
    assert.equal(status, 125);
    assert.match(stderr, /cannot give .*second\.raw to 34567:45678: .*No space left on device/);
    assert.deepEqual([ownerOf(first), ownerOf(second)], [owner, owner]);
    assert.deepEqual(records(site), []);
  },
);

test('a full state directory refuses before any owner changes', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  mkdirSync(site.state);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,nr_inodes=8', 'tmpfs', site.state]);
  mkdirSync(`${site.state}/claims`, { mode: 0o700 });
  try {
    for (let file = 0; file < 8; file++) writeFileSync(`${site.state}/${file}`, Buffer.alloc(4096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  }
  const before = statSync(disk).ctimeMs;
  const { status, stderr } = call(siteWords(site, 'run', '--', ...paused, '-hda', disk));
  assert.deepEqual([status, /error: cannot (write to|use)/.test(stderr)], [125, true], stderr);
  assert.equal(statSync(disk).ctimeMs, before);
});

const leaderless = `
#include <pthread.h>
#include <unistd.h>
static void *work(void *unused) { sleep(60); return unused; }
int main(void) {
	pthread_t thread;
	pthread_create(&thread, NULL, work, NULL);
	pthread_exit(NULL);
}
`;

test('a process whose first thread has ended still runs', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const program = compile(`${site.path}/emulator`, leaderless);
  const words = siteWords(site, 'run', '--name', 'x', '--', program, '-hda', disk);
  const launcher = spawn(process.execPath, [launcherPath, ...words], { cwd: '/', stdio: 'ignore' });
  context.after(() => launcher.kill('SIGKILL'));
  for (let tries = 0; tries < 500; tries++) {
    const pid = recordedPid(site);
    if (pid !== null && /^State:\s+Z/m.test(readStatus(pid))) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
  assert.deepEqual(ownerOf(disk), target, 'it was not taken away from under the other thread');
  launcher.kill('SIGKILL');
  await once(launcher, 'close');
});

function recordedPid(site: Site): number | null {
  try {
    return JSON.parse(readFileSync(`${site.state}/claims/x.json`, 'utf8')).pid;
  } catch {
    return null;
  }
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

test(
  'a disk that was renamed while QEMU ran goes back by its handle',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const started = await start(context, site, 'x', [
      ...paused,
      '-drive',
      `file=${disk},format=raw`,
    ]);
    renameSync(disk, `${disk}.old`);
    started.launcher.kill('SIGTERM');
    assert.equal(await started.ended, 0);
    assert.deepEqual(ownerOf(`${disk}.old`), owner);
    rmSync(`${disk}.old`);
  },
);

test('looking makes nothing: list and restore without a ledger', rootOnly, (context) => {
  const site = makeSite(context);
  const list = call(siteWords(site, 'list'));
  assert.deepEqual([list.status, list.stdout], [0, 'no VM is running and nothing is claimed\n']);
  assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
  assert.deepEqual(JSON.parse(call(siteWords(site, 'list', '--json')).stdout), {
    version: 1,
    vms: [],
  });
  assert.throws(() => readdirSync(site.state), { code: 'ENOENT' });
});
