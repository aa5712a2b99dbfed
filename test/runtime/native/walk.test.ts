import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, closeSync, linkSync, openSync, renameSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { native } from '../../support/native.ts';
import { makeScratch, rootOnly } from '../../support/scratch.ts';
import { anna, ben, makeDirectory, makeFile, target, walk } from '../../support/walk.ts';

test('a path that only its rightful controllers could make is opened', rootOnly, (context) => {
  const scratch = makeScratch(context);
  makeFile(`${scratch}/of-root`, 0);
  makeFile(`${scratch}/of-anna-in-roots`, anna);
  makeDirectory(`${scratch}/anna`, anna);
  makeFile(`${scratch}/anna/own`, anna);
  makeFile(`${scratch}/anna/given-already`, target);
  makeDirectory(`${scratch}/anna/deeper`, anna, 0o700);
  makeFile(`${scratch}/anna/deeper/own`, anna);
  makeDirectory(`${scratch}/sticky`, 0, 0o1777);
  makeFile(`${scratch}/sticky/of-anna`, anna);
  makeDirectory(`${scratch}/group-root`, 0, 0o775);
  makeFile(`${scratch}/group-root/disk`, anna);
  symlinkSync('anna/own', `${scratch}/link-of-root`);
  for (const path of [
    'of-root',
    'of-anna-in-roots',
    'anna/own',
    'anna//deeper/./own',
    'anna/given-already',
    'anna/deeper/../own',
    'sticky/of-anna',
    'group-root/disk',
    'link-of-root',
  ]) {
    assert.equal(walk(scratch, path), 'open', path);
  }
});

test(
  'each way to lead root astray is refused at the component that does it',
  rootOnly,
  (context) => {
    const scratch = makeScratch(context);
    makeFile(`${scratch}/victim`, 0);
    makeDirectory(`${scratch}/anna`, anna);
    makeFile(`${scratch}/anna/of-root`, 0);
    makeFile(`${scratch}/anna/of-ben`, ben);
    makeDirectory(`${scratch}/anna/ben`, ben);
    makeFile(`${scratch}/anna/ben/disk`, ben);
    makeDirectory(`${scratch}/anna/roots`, 0);
    makeFile(`${scratch}/anna/roots/disk`, 0);
    symlinkSync('../victim', `${scratch}/anna/up`);
    symlinkSync(`${scratch}/victim`, `${scratch}/anna/absolute`);
    symlinkSync('anna', `${scratch}/via`);
    makeDirectory(`${scratch}/shared`, 0, 0o777);
    makeFile(`${scratch}/shared/disk`, anna);
    makeDirectory(`${scratch}/team`, 0, 0o2775);
    chownSync(`${scratch}/team`, 0, 4242);
    makeFile(`${scratch}/team/disk`, anna);
    makeDirectory(`${scratch}/sticky`, 0, 0o1777);
    symlinkSync('../victim', `${scratch}/sticky/link`);
    makeDirectory(`${scratch}/targets`, target);
    makeFile(`${scratch}/targets/disk`, target);
    symlinkSync('disk', `${scratch}/targets/link`);
    makeFile(`${scratch}/linked`, anna);
    linkSync(`${scratch}/linked`, `${scratch}/second-name`);
    makeFile(`${scratch}/set-uid`, anna, 0o4755);
    makeFile(`${scratch}/set-gid`, anna, 0o2755);
    symlinkSync('loop-b', `${scratch}/loop-a`);
    symlinkSync('loop-a', `${scratch}/loop-b`);
    execFileSync('mkfifo', [`${scratch}/fifo`]);

    const other = 'belongs to another user than the directory above it';
    const writable = 'can be written by others than its owner';
    const special = 'is neither a regular file nor a block device';
    const table: readonly (readonly [string, string])[] = [
      ['anna/of-root', 'anna/of-root belongs to another user than its directory'],
      ['anna/of-ben', 'anna/of-ben belongs to another user than its directory'],
      ['anna/ben/disk', `anna/ben ${other}`],
      ['anna/roots/disk', `anna/roots ${other}`],
      ['anna/up', `anna/.. ${other}`],
      ['via/up', `anna/.. ${other}`],
      ['anna/absolute', `/ ${other}`],
      ['shared/disk', `shared ${writable}`],
      ['team/disk', `team ${writable}`],
      ['sticky/link', 'sticky/link is a link in a directory that others can write'],
      ['targets/link', 'targets/link is a link in a directory that others can write'],
      ['linked', 'linked has more than one hard link'],
      ['set-uid', 'set-uid has a set-id bit'],
      ['set-gid', 'set-gid has a set-id bit'],
      ['fifo', `fifo ${special}`],
      ['anna', 'anna EISDIR'],
      ['anna/', 'anna EISDIR'],
      ['victim/', 'victim ENOTDIR'],
      ['missing', 'missing ENOENT'],
      ['missing/disk', 'missing ENOENT'],
      ['victim/disk', 'victim ENOTDIR'],
      ['loop-a', 'loop-a ELOOP'],
      ['/dev/null', `/dev/null ${special}`],
      ['/', '/ EISDIR'],
      [`/${'x'.repeat(300)}`, '/ ENAMETOOLONG'],
      [`/${'x/'.repeat(3000)}`, '/ ENAMETOOLONG'],
    ];
    for (const [path, expected] of table) assert.equal(walk(scratch, path), expected, path);
  },
);

test('magic links of /proc are nobody’s disks', rootOnly, (context) => {
  const scratch = makeScratch(context);
  makeFile(`${scratch}/disk`, anna);
  assert.equal(walk(scratch, 'disk'), 'open');
  const descriptor = openSync(`${scratch}/disk`, 'r');
  context.after(() => closeSync(descriptor));
  symlinkSync(`/proc/${process.pid}/root`, `${scratch}/top`);
  for (const path of [
    `/proc/self/root${scratch}/disk`,
    `/proc/${process.pid}/root${scratch}/disk`,
    `/proc/${process.pid}/fd/${descriptor}`,
    `/dev/fd/${descriptor}`,
    `top${scratch}/disk`,
  ]) {
    assert.match(walk(scratch, path), /is a link that stands for something else than its text$/);
  }
  for (const path of [`/proc/${process.pid}/status`, '/sys/kernel/uevent_seqnum']) {
    assert.match(walk(scratch, path), /lies on a file system that stores no files$/, path);
  }
});

test(
  'the open file is the one that was judged, whatever its name says afterwards',
  rootOnly,
  (context) => {
    const scratch = makeScratch(context);
    makeFile(`${scratch}/disk`, anna);
    makeFile(`${scratch}/other`, 0);
    const descriptor = native.openTrusted(`${scratch}/disk`, target, false);
    context.after(() => closeSync(descriptor));
    renameSync(`${scratch}/other`, `${scratch}/disk`);
    native.changeOwner(descriptor, target, target);
    assert.equal(native.inspect(descriptor).uid, target);
    const now = native.openTrusted(`${scratch}/disk`, target, false);
    context.after(() => closeSync(now));
    assert.equal(native.inspect(now).uid, 0);
  },
);

test('an id that would mean "do not change" never reaches the kernel', rootOnly, (context) => {
  const scratch = makeScratch(context);
  makeFile(`${scratch}/disk`, anna);
  const descriptor = native.openTrusted(`${scratch}/disk`, target, false);
  context.after(() => closeSync(descriptor));
  for (const id of [-1, 4294967295, 1.5, Number.NaN]) {
    assert.throws(() => native.changeOwner(descriptor, id, 1), TypeError);
    assert.throws(() => native.changeOwner(descriptor, 1, id), TypeError);
  }
  assert.equal(native.inspect(descriptor).uid, anna);
});
