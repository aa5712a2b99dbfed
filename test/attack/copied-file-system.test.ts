import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { restoreClaim } from '../../src/runtime/claims/restore.ts';
import { giveToTarget } from '../support/claim.ts';
import { makeDirectory, makeDisk, makeSite, owner, ownerOf, target } from '../support/launcher.ts';
import { makeImage, mountImage, needsFileSystem } from '../support/loop-mount.ts';
import { native } from '../support/native.ts';
import { rootOnly } from '../support/scratch.ts';

const anna = owner;
const ben = { uid: 12346, gid: 23457 };

/**
 * Anna has brought a copy of the file system on which Ben's disk lies, where her file of the same inode,
 * handle and birth time was given to QEMU and is gone again. Ben's disk belongs to QEMU as well, meanwhile.
 */
function copyOf(context: Parameters<typeof makeSite>[0]) {
  const site = makeSite(context);
  const image = makeImage(`${site.path}/image`, 'ext4', 4);
  const place = mountImage(image, `${site.path}/host`);
  chmodSync(place, 0o755);
  makeDisk(site, 'host/ben.raw', ben);
  makeDirectory(`${place}/anna`, 0o755, anna);
  execFileSync('sync', ['--file-system', place]);
  copyFileSync(image, `${site.path}/stick.img`);
  const stick = mountImage(`${site.path}/stick.img`, `${place}/anna/stick`);
  for (const path of [stick, `${stick}/ben.raw`]) chownSync(path, anna.uid, anna.gid);
  const claim = giveToTarget(`${stick}/ben.raw`);
  execFileSync('umount', [stick]);
  chownSync(`${place}/ben.raw`, target.uid, target.gid);
  return { claim, victim: `${place}/ben.raw`, stick };
}

const reason = needsFileSystem('mkfs.ext4');
const options = reason === null ? rootOnly : { skip: reason };

for (const sameBoot of [true, false]) {
  const when = sameBoot ? 'in the same boot' : 'after a reboot';
  test(
    `a file of the same handle on another device is not given away, ${when}`,
    options,
    (context) => {
      const { claim, victim } = copyOf(context);
      const { result, message } = restoreClaim(native, claim, sameBoot);
      assert.deepEqual([result, ownerOf(victim)], ['kept', target]);
      assert.match(message, /its file system .* is not mounted/);
    },
  );

  test(`nor is it where a link leads to it, ${when}`, options, (context) => {
    const { claim, victim, stick } = copyOf(context);
    symlinkSync(victim, `${stick}/ben.raw`);
    const { result, message } = restoreClaim(native, claim, sameBoot);
    assert.deepEqual([result, ownerOf(victim)], ['kept', target]);
    assert.match(message, /another user|others can write/);
  });

  test(`the file itself comes back under another device number, ${when}`, options, (context) => {
    const { claim, stick } = copyOf(context);
    const site = stick.replace(/\/host\/anna\/stick$/, '');
    mountImage(`${site}/stick.img`, stick);
    assert.equal(restoreClaim(native, { ...claim, device: '1' }, sameBoot).result, 'restored');
    assert.deepEqual(ownerOf(claim.path), anna);
  });
}
