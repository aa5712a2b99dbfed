import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { editRecord, listRecords } from '../../support/claims.ts';
import {
  abandon,
  call,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  pausedWith,
  siteWords,
  start,
} from '../../support/launcher.ts';
import { rootOnly } from '../../support/scratch.ts';

test('what a dead VM has left is given back first, by whoever meets it', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  abandon(site, 'dead', disk);
  const { status, stderr } = call(siteWords(site, 'run', '--name', 'other', '--', '/bin/true'));
  assert.equal(status, 0);
  assert.match(stderr, /left by a VM that is gone: .*disk\.raw given back to 12345:23456/);
  assert.deepEqual(ownerOf(disk), owner);
  assert.deepEqual(listRecords(site), []);
});

test(
  'a record made in another boot is a dead VM’s, whatever its pid',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    abandon(site, 'old', disk);
    editRecord(site, 'old', { bootId: 'another', pid: 1, startTime: '1' });
    assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
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

test(
  'a disk that was renamed while QEMU ran goes back by its handle',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const started = await start(context, site, 'x', pausedWith(disk));
    renameSync(disk, `${disk}.old`);
    started.launcher.kill('SIGTERM');
    assert.equal(await started.ended, 0);
    assert.deepEqual(ownerOf(`${disk}.old`), owner);
    rmSync(`${disk}.old`);
  },
);
