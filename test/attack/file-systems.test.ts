import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, statSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import {
  abandon,
  call,
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
import { makeImage, mountImage, needsFileSystem } from '../support/loop-mount.ts';
import { inNextBoot } from '../support/next-boot.ts';
import { rootOnly } from '../support/scratch.ts';
import { stateOf } from '../support/victim.ts';

interface FileSystem {
  readonly mount: (site: Site, place: string) => void;
  readonly skip: string | null;
}

/** The kinds of file system that disks lie on; the last two keep no extended attributes, or no handles. */
const fileSystems: Readonly<Record<string, FileSystem>> = {
  ext4: onImage('ext4', 16),
  xfs: onImage('xfs', 300),
  btrfs: onImage('btrfs', 128),
  tmpfs: { mount: (_, place) => mountKernels('tmpfs', 'mode=0755', place), skip: null },
  ramfs: { mount: (_, place) => mountKernels('ramfs', 'mode=0755', place), skip: null },
  overlay: { mount: mountOverlay, skip: null },
};

function onImage(kind: 'ext4' | 'xfs' | 'btrfs', megabytes: number): FileSystem {
  return {
    mount: (site, place) => {
      mountImage(makeImage(`${site.path}/image`, kind, megabytes), place);
    },
    skip: needsFileSystem(`mkfs.${kind}`),
  };
}

function mountKernels(kind: string, options: string, place: string): void {
  mkdirSync(place);
  execFileSync('mount', ['-t', kind, '-o', options, kind, place]);
}

function mountOverlay(site: Site, place: string): void {
  mountKernels('tmpfs', 'mode=0755', `${site.path}/layers`);
  const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => {
    mkdirSync(`${site.path}/layers/${name}`);
    return `${site.path}/layers/${name}`;
  });
  mountKernels('overlay', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, place);
}

interface Disks {
  readonly writable: string;
  /** Read-only, shared and backing ones. */
  readonly others: readonly string[];
  readonly words: readonly string[];
}

/** A disk of each kind, the others readable for QEMU as they are. */
function makeDisks(site: Site): Disks {
  const writable = makeDisk(site, 'fs/writable.raw');
  const [readOnly, shared, base] = ['ro', 'shared', 'base'].map((name) => {
    const path = makeDisk(site, `fs/${name}.raw`);
    execFileSync('chmod', ['0666', path]);
    return path;
  });
  const top = `${site.path}/fs/top.qcow2`;
  const image = ['create', '-q', '-f', 'qcow2', '-b', `${base}`, '-F', 'raw', top];
  execFileSync('qemu-img', image);
  chownSync(top, owner.uid, owner.gid);
  const words = [
    ['-drive', `file=${writable},format=raw,if=virtio`],
    ['-drive', `file=${top},format=qcow2,if=virtio`],
    ['-drive', `file=${readOnly},format=raw,if=virtio,readonly=on`],
    ['-blockdev', `driver=file,filename=${shared},node-name=shared`],
    ['-device', 'virtio-blk-pci,drive=shared,share-rw=on'],
  ];
  return { writable, others: [`${readOnly}`, `${shared}`, `${base}`], words: words.flat() };
}

for (const [kind, { mount, skip }] of Object.entries(fileSystems)) {
  const options = skip === null ? rootOnly : { skip };
  const prepare = (context: TestContext) => {
    const site = makeSite(context);
    mount(site, `${site.path}/fs`);
    return { site, disks: makeDisks(site) };
  };

  test(
    `${kind}: only writable, unshared disks are given, and come back exactly`,
    options,
    async (context) => {
      const { site, disks } = prepare(context);
      const before = disks.others.map(stateOf);
      const started = await start(context, site, 'first', [...paused, ...disks.words]);
      assert.deepEqual(ownerOf(disks.writable), target);
      const second = ['--name', 'second', '--', ...paused, '-hda', disks.writable];
      const { status, stderr } = call(siteWords(site, 'run', ...second));
      assert.equal(status, 125);
      assert.match(stderr, new RegExp(`in use by the VM first \\(pid ${started.pid}\\)`));
      started.launcher.kill('SIGTERM');
      assert.equal(await started.ended, 0);
      assert.deepEqual(ownerOf(disks.writable), owner);
      assert.deepEqual(disks.others.map(stateOf), before);
    },
  );

  test(`${kind}: a start that QEMU itself ends changes nothing`, options, (context) => {
    const { site, disks } = prepare(context);
    const before = disks.others.map(stateOf);
    const words = [...paused, ...disks.words, '-machine', 'nosuchmachine'];
    const { status, stderr } = call(siteWords(site, 'run', '--', ...words));
    assert.equal(status, 1, stderr);
    assert.deepEqual(ownerOf(disks.writable), owner);
    assert.deepEqual(disks.others.map(stateOf), before);
  });

  test(`${kind}: the old owner is known after a reboot`, options, (context) => {
    const { site, disks } = prepare(context);
    abandon(site, 'x', disks.writable);
    const { status, stderr } = call(siteWords(site, 'restore', '--all'), inNextBoot(site));
    assert.deepEqual([status, stderr, ownerOf(disks.writable)], [0, '', owner]);
  });
}

test(
  'a file system that is mounted again as another device gives its disks back',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const image = makeImage(`${site.path}/image`, 'ext4', 16);
    const place = mountImage(image, `${site.path}/fs`);
    const disk = makeDisk(site, 'fs/disk.raw');
    const before = statSync(disk).dev;
    abandon(site, 'x', disk);
    execFileSync('umount', [place]);
    const early = call(siteWords(site, 'restore', '--all'), inNextBoot(site));
    assert.deepEqual([early.status, /cannot be reached/.test(early.stderr)], [1, true]);
    // Takes the number that the file system had.
    mountImage(makeImage(`${site.path}/other`, 'ext4', 16), `${site.path}/other.fs`);
    mountImage(image, place);
    assert.notEqual(statSync(disk).dev, before);
    assert.equal(call(siteWords(site, 'restore', '--all'), inNextBoot(site)).status, 0);
    assert.deepEqual(ownerOf(disk), owner);
  },
);
