import assert from 'node:assert/strict';
import { chownSync, statSync } from 'node:fs';
import { test } from 'node:test';
import type { Finding } from '../../../src/errors.ts';
import { listRecords } from '../../support/claims.ts';
import {
  abandon,
  type CallOptions,
  call,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  pausedWith,
  siteWords,
  target,
} from '../../support/launcher.ts';
import { bootTime, markAsLibvirt, marksOf, removeMarks } from '../../support/libvirt-marks.ts';
import { rootOnly } from '../../support/scratch.ts';
import { needs } from '../../support/tool.ts';

const utmpOnly = { skip: rootOnly.skip || needs('utmpdump').skip };
const inUse = 'is in use by a guest of libvirt';

test(
  'a disk that libvirt uses is refused, by plan and by run, and stays as it is',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    markAsLibvirt(disk);
    const before = [marksOf(disk), statSync(disk).ctimeMs];
    const plan = call(siteWords(site, 'plan', '--json', '--', ...pausedWith(disk)));
    const { findings } = JSON.parse(plan.stdout);
    assert.deepEqual([plan.status, findings[0].code], [3, 'VP_PATH_IN_USE']);
    const { status, stderr } = call(siteWords(site, 'run', '--', ...pausedWith(disk)));
    assert.deepEqual([status, stderr.includes(`error: ${disk} ${inUse}`)], [125, true], stderr);
    assert.deepEqual([marksOf(disk), statSync(disk).ctimeMs], before);
    assert.deepEqual([ownerOf(disk), listRecords(site)], [owner, []]);
  },
);

// glibc's own form, which utmpdump writes from a line of text; the mount is in a namespace of this process alone.
const noteBoot = `mount -t tmpfs tmpfs /run
  printf '[2] [00000] [~~  ] [reboot] [~] [6] [0.0.0.0] [%s]\\n' "$0" | utmpdump -r > /run/utmp
  exec "$@"`;

test('the time of boot that libvirt takes from utmp counts as well', utmpOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  // The clock was set right after the machine had started.
  const age = 86_400;
  markAsLibvirt(disk, '+1:+1', age);
  const boot = new Date((bootTime() - age) * 1000)
    .toISOString()
    .replace(/\.\d+Z$/, ',000000+00:00');
  const wrapper = ['unshare', '--mount', 'sh', '-ec', noteBoot, boot];
  const words = siteWords(site, 'plan', '--json', '--', ...pausedWith(disk));
  const codes = (options: CallOptions) => {
    return JSON.parse(call(words, options).stdout).findings.map(({ code }: Finding) => code);
  };
  assert.deepEqual([codes({}), codes({ wrapper })], [[], ['VP_PATH_IN_USE']]);
});

test('marks of another boot say nothing, and stay', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  markAsLibvirt(disk, '+1:+1', 3600);
  const before = marksOf(disk);
  abandon(site, 'x', disk);
  assert.deepEqual(marksOf(disk), before);
  assert.equal(call(siteWords(site, 'restore', 'x')).status, 0);
  assert.deepEqual([ownerOf(disk), marksOf(disk)], [owner, before]);
});

test(
  'a disk that a guest of libvirt took meanwhile goes back when libvirt is done with it',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    abandon(site, 'x', disk);
    // libvirt remembers the owner that it meets: QEMU's.
    markAsLibvirt(disk, `+${target.uid}:+${target.gid}`);
    chownSync(disk, 64055, 64055);
    const { status, stderr } = call(siteWords(site, 'restore', 'x'));
    assert.equal(status, 1);
    assert.match(stderr, /cannot be given back: a guest of libvirt uses it/);
    assert.deepEqual([ownerOf(disk), listRecords(site)], [{ uid: 64055, gid: 64055 }, ['x.json']]);
    chownSync(disk, target.uid, target.gid);
    removeMarks(disk);
    assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
    assert.deepEqual([ownerOf(disk), listRecords(site)], [owner, []]);
  },
);
