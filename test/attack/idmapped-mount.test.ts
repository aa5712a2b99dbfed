import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { type TestContext, test } from 'node:test';
import { mountShifted } from '../support/idmapped-mount.ts';
import {
  abandon,
  call,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  siteWords,
  target,
} from '../support/launcher.ts';
import { makeImage, mountImage, needsFileSystem } from '../support/loop-mount.ts';
import { rootOnly } from '../support/scratch.ts';
import { stateOf } from '../support/victim.ts';

const shift = 1000;
/** What stands on the disk for an owner that is seen through the mount. */
const stored = (seen: { uid: number; gid: number }) => ({
  uid: seen.uid - shift,
  gid: seen.gid - shift,
});

/** A disk of `owner` as it is seen in `view`, where ids up to `shift + count` are known. */
function makeView(context: TestContext, count: number, place = 'view') {
  const site = makeSite(context);
  const plain = mountImage(makeImage(`${site.path}/image`, 'ext4', 4), `${site.path}/plain`);
  const data = makeDirectory(`${plain}/data`, 0o755, stored(owner));
  const disk = makeDisk(site, 'plain/data/disk.raw', stored(owner));
  if (!mountShifted(site.path, data, `${site.path}/${place}`, shift, count)) {
    context.skip('needs idmapped mounts');
    return null;
  }
  return { site, disk, seen: `${site.path}/${place}/disk.raw` };
}

const reason = needsFileSystem('mkfs.ext4');
const options = reason === null ? rootOnly : { skip: reason };

test(
  'through a mount that shows other ids the owner on the disk comes back',
  options,
  (context) => {
    const view = makeView(context, 60_000);
    if (view === null) return;
    const { site, disk, seen } = view;
    assert.deepEqual(ownerOf(seen), owner);
    abandon(site, 'x', seen);
    assert.deepEqual(ownerOf(disk), stored(target));
    assert.equal(call(siteWords(site, 'restore', 'x')).status, 0);
    assert.deepEqual(ownerOf(disk), stored(owner));
  },
);

test('an owner that the mount cannot store is refused, and nothing changes', options, (context) => {
  const view = makeView(context, 30_000);
  if (view === null) return;
  const { site, disk, seen } = view;
  const before = stateOf(disk);
  const words = ['--name', 'x', '--', '/bin/true', '-drive', `file=${seen},format=raw`];
  const { status, stderr } = call(siteWords(site, 'run', ...words));
  assert.equal(status, 125, stderr);
  assert.match(stderr, /error: cannot give .*view\/disk\.raw to 34567:45678: /);
  assert.deepEqual(stateOf(disk), before);
});

test(
  'once that mount is gone the disk is kept on record, not taken for another one’s',
  options,
  (context) => {
    const view = makeView(context, 60_000, 'plain/view');
    if (view === null) return;
    const { site, disk, seen } = view;
    abandon(site, 'x', seen);
    execFileSync('umount', [dirname(seen)]);
    const { status, stderr } = call(siteWords(site, 'restore', 'x'));
    assert.deepEqual(
      [status, /cannot be reached: .* is not mounted/.test(stderr)],
      [1, true],
      stderr,
    );
    assert.ok(mountShifted(site.path, dirname(disk), dirname(seen), shift, 60_000));
    assert.equal(call(siteWords(site, 'restore', 'x')).status, 0);
    assert.deepEqual(ownerOf(disk), stored(owner));
  },
);
