import assert from 'node:assert/strict';
import { chownSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { editRecord, listRecords, recordOf } from '../support/claims.ts';
import {
  abandon,
  call,
  makeDisk,
  makeSite,
  ownerOf,
  plannedLandlock,
  siteWords,
  target,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

test(
  'each file that cannot simply go back is told of in words of its own, once',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const names = ['restored', 'already', 'deleted', 'replaced', 'reowned'];
    const disks = names.map((name) => makeDisk(site, name));
    const words = disks.flatMap((disk) => ['-drive', `format=raw,file=${disk}`]);
    const start = siteWords(site, 'exec', '--name', 'web', '--', '/bin/true', ...words);
    assert.equal(call(start).status, 0);
    const [, already, deleted, replaced, reowned] = disks.map(String);
    chownSync(`${already}`, 12345, 23456);
    rmSync(`${deleted}`);
    rmSync(`${replaced}`);
    writeFileSync(`${replaced}`, '');
    chownSync(`${reowned}`, 999, 999);
    const { status, stdout, stderr } = call(siteWords(site, 'restore', '--all', '--json'));
    const messages = {
      reowned: 'belongs to 999:999 now: left alone',
      replaced: 'another file stands there now: left alone',
      deleted: 'is no longer there',
      already: 'already belongs to 12345:23456',
      restored: 'given back to 12345:23456',
    };
    const files = Object.entries(messages).map(([result, message]) => {
      return { name: 'web', path: `${site.path}/${result}`, result, message };
    });
    assert.deepEqual(JSON.parse(stdout), { version: 1, complete: false, files, damaged: [] });
    const warnings = files.slice(0, 3).map(({ path, message }) => {
      return `qemu-launch: warning: ${path} ${message}\n`;
    });
    assert.deepEqual([status, stderr], [1, warnings.join('')]);
    assert.deepEqual(listRecords(site), []);
    const again = call(siteWords(site, 'restore', '--all', '--json'));
    const nothing = { version: 1, complete: true, files: [], damaged: [] };
    assert.deepEqual([again.status, JSON.parse(again.stdout), again.stderr], [0, nothing, '']);
  },
);

test('a file that moves while it is given back is not lost sight of', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  abandon(site, 'web', disk);
  renameSync(disk, `${disk}.old`);
  const { stdout } = call(siteWords(site, 'restore', 'web', '--json'));
  const [file] = JSON.parse(stdout).files;
  assert.equal(file.message, 'given back to 12345:23456 (it has another name now)');
});

test(
  'what prepare left and cannot be given back waits no longer: restore --all tries again',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    abandon(site, 'web', disk);
    const [claim] = recordOf(site, 'web')?.claims ?? [];
    assert.ok(claim);
    // Where it lay nothing is mounted any more.
    const mount = { device: '0:0', root: '/', point: '/nowhere', type: 'ext4' };
    const claims = [{ ...claim, path: '/nowhere/disk', handle: null, mount }];
    editRecord(site, 'web', { pid: null, startTime: null, claims });
    const { status, stderr } = call(siteWords(site, 'restore', 'web'));
    assert.equal(status, 1);
    assert.match(stderr, /its file system \(ext4 at \/nowhere\) is not mounted/);
    assert.notEqual(recordOf(site, 'web')?.pid, null);
    editRecord(site, 'web', { claims: [claim] });
    assert.deepEqual(ownerOf(disk), target);
    assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
    assert.deepEqual(listRecords(site), []);
  },
);

test('list says of a VM that has ended what it still holds', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  abandon(site, 'web', disk);
  const record = recordOf(site, 'web');
  const { stdout } = call(siteWords(site, 'list', '--json'));
  const [{ timings, ...vm }] = JSON.parse(stdout).vms;
  assert.deepEqual(vm, {
    name: 'web',
    pid: record?.pid,
    startTime: record?.startTime,
    bootId: record?.bootId,
    running: false,
    verified: false,
    identity: record?.identity,
    status: null,
    landlock: plannedLandlock(site),
    claims: [{ path: disk, from: { uid: 12345, gid: 23456 }, to: target }],
  });
});
