import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import {
  abandon,
  call,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  siteWords,
  target,
} from '../support/launcher.ts';
import { makeImage, mountImage, needsFileSystem } from '../support/loop-mount.ts';
import { rootOnly } from '../support/scratch.ts';

const reason = needsFileSystem('mkfs.ext4');
const options = reason === null ? rootOnly : { skip: reason };

test(
  'a disk that has not gone back yet is no other VM’s, wherever its file system is mounted now',
  options,
  (context) => {
    const site = makeSite(context);
    const image = makeImage(`${site.path}/image`, 'ext4', 4);
    const old = mountImage(image, `${site.path}/old`);
    abandon(site, 'first', makeDisk(site, 'old/disk.raw'));
    execFileSync('umount', [old]);
    const place = mountImage(image, `${site.path}/new`);
    const disk = `${place}/disk.raw`;
    const words = ['--name', 'second', '--', '/bin/true', '-drive', `file=${disk},format=raw`];
    const { status, stderr } = call(siteWords(site, 'run', ...words));
    assert.equal(status, 125);
    assert.match(stderr, /disk\.raw has not gone back yet from the VM first, which is gone/);
    assert.match(stderr, /hint: see what stands in the way: qemu-launch restore first/);
    assert.deepEqual(ownerOf(disk), target);
    execFileSync('mount', ['--move', place, old]);
    assert.equal(call(siteWords(site, 'restore', 'first')).status, 0);
    assert.deepEqual(ownerOf(`${old}/disk.raw`), owner);
  },
);
