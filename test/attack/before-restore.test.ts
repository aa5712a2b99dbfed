import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import {
  abandon,
  call,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  type Site,
  siteWords,
  target,
} from '../support/launcher.ts';
import { makeImage, mountImage, needsFileSystem } from '../support/loop-mount.ts';
import { rootOnly } from '../support/scratch.ts';
import { describe, makeVictim } from '../support/victim.ts';

/** What somebody has made of a disk that QEMU has, before it goes back. */
interface Change {
  readonly change: (site: Site, disk: string) => void;
  /** Where the disk is afterwards, and whose. */
  readonly name?: string;
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** What is said; nothing where it just went back. */
  readonly said?: RegExp;
  /** Makes it reachable again: it must go back then. */
  readonly undo?: (site: Site, disk: string) => void;
}

let held = -1;
const bens = { uid: 12346, gid: 23457 };
const anothers = /disk\.raw another file stands there now/;

function replace(disk: string, from: { uid: number; gid: number }): void {
  rmSync(disk);
  // Mostly it gets the inode number that has just become free.
  writeFileSync(disk, 'another', { mode: 0o600 });
  chownSync(disk, from.uid, from.gid);
}

/** Her directory goes elsewhere, and its name leads to another file system. */
function leadAway(site: Site): void {
  renameSync(`${site.path}/fs/anna`, `${site.path}/fs/away`);
  makeDirectory(`${site.path}/etc`, 0o755);
  symlinkSync(`${site.path}/etc`, `${site.path}/fs/anna`);
}

const chattr = (flag: string) => (_: Site, disk: string) => {
  execFileSync('chattr', [flag, disk]);
};

const remount = (option: string) => (site: Site) => {
  execFileSync('mount', ['-o', `remount,${option}`, `${site.path}/fs`]);
};

const changes: Readonly<Record<string, Change>> = {
  'nothing happened': { change: () => undefined },
  'its owner was changed by the administrator': {
    change: (_, disk) => chownSync(disk, bens.uid, bens.gid),
    owner: bens,
    said: /disk\.raw belongs to 12346:23457 now: left alone/,
  },
  'it was given back by hand': { change: (_, disk) => chownSync(disk, owner.uid, owner.gid) },
  'its mode was changed': {
    change: (_, disk) => chmodSync(disk, 0o666),
  },
  'it was moved to another directory': {
    change: (site, disk) => {
      mkdirSync(`${site.path}/fs/other`);
      renameSync(disk, `${site.path}/fs/other/moved`);
    },
    name: 'fs/other/moved',
  },
  'it was moved, and another file of the same owner stands there': {
    change: (site, disk) => {
      renameSync(disk, `${site.path}/fs/moved`);
      replace(makeDisk(site, 'fs/anna/disk.raw'), target);
    },
    name: 'fs/moved',
  },
  'it was deleted, and made anew for the same user': {
    change: (_, disk) => replace(disk, target),
    owner: target,
    said: anothers,
  },
  'it was deleted, and made anew by root': {
    change: (_, disk) => replace(disk, { uid: 0, gid: 0 }),
    owner: { uid: 0, gid: 0 },
    said: anothers,
  },
  'it was deleted while somebody has it open': {
    change: (_, disk) => {
      held = openSync(disk, 'r');
      rmSync(disk);
    },
    name: 'victim',
    owner: { uid: 0, gid: 0 },
    said: /disk\.raw is no longer there/,
    undo: (_, disk) => {
      closeSync(held);
      writeFileSync(disk, '');
      chownSync(disk, owner.uid, owner.gid);
    },
  },
  'a link to a file of root’s stands there': {
    change: (site, disk) => {
      rmSync(disk);
      symlinkSync(`${site.path}/victim`, disk);
    },
    name: 'victim',
    owner: { uid: 0, gid: 0 },
    said: anothers,
  },
  'a link to another VM’s disk stands there': {
    change: (site, disk) => {
      rmSync(disk);
      symlinkSync(makeDisk(site, 'fs/ben.raw', target), disk);
    },
    name: 'fs/ben.raw',
    owner: target,
    said: anothers,
  },
  'a hard link to another VM’s disk stands there': {
    change: (site, disk) => {
      rmSync(disk);
      linkSync(makeDisk(site, 'fs/ben.raw', target), disk);
    },
    name: 'fs/ben.raw',
    owner: target,
    said: anothers,
  },
  'it has a second name': {
    change: (site, disk) => linkSync(disk, `${site.path}/fs/second`),
  },
  'its directory leads to one of root’s': {
    change: (site) => {
      leadAway(site);
      makeDisk(site, 'etc/disk.raw', target);
    },
    name: 'fs/away/disk.raw',
  },
  'its directory leads to one of root’s where nothing is': {
    change: leadAway,
    name: 'fs/away/disk.raw',
  },
  'it is immutable': {
    change: chattr('+i'),
    owner: target,
    said: /disk\.raw cannot be given back: .*Operation not permitted/,
    undo: chattr('-i'),
  },
  'its file system is read-only': {
    change: remount('ro'),
    owner: target,
    said: /disk\.raw cannot be given back: .*Read-only file system/,
    undo: remount('rw'),
  },
};

const reason = needsFileSystem('mkfs.ext4');
const options = reason === null ? rootOnly : { skip: reason };

for (const [what, each] of Object.entries(changes)) {
  test(`before a disk goes back ${what}`, options, (context) => {
    const site = makeSite(context);
    mountImage(makeImage(`${site.path}/image`, 'ext4', 4), `${site.path}/fs`);
    makeDirectory(`${site.path}/fs/anna`, 0o755, owner);
    const victim = makeVictim(`${site.path}/victim`);
    const disk = makeDisk(site, 'fs/anna/disk.raw');
    abandon(site, 'x', disk);
    each.change(site, disk);
    const first = call(siteWords(site, 'restore', 'x'));
    assert.deepEqual(
      ownerOf(`${site.path}/${each.name ?? 'fs/anna/disk.raw'}`),
      each.owner ?? owner,
    );
    assert.equal(first.status, each.said === undefined ? 0 : 1, first.stderr);
    if (each.said === undefined) assert.equal(first.stderr, '');
    else assert.match(first.stderr, each.said);
    each.undo?.(site, disk);
    const again = call(siteWords(site, 'restore', 'x'));
    if (each.undo !== undefined) assert.deepEqual(ownerOf(disk), owner);
    assert.deepEqual([again.status, again.stderr], [0, ''], 'a second time there is nothing to do');
    assert.deepEqual(readdirSync(`${site.state}/claims`), ['lock']);
    assert.deepEqual(describe(victim.path), victim.before);
  });
}
