import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import type { Site } from '../support/launcher.ts';
import { makeDirectory, makeDisk, owner, paused } from '../support/launcher.ts';
import { testRefusals } from '../support/refusal.ts';

const drive = (path: string) => [...paused, '-drive', `file=${path},format=raw`];

/** Something that Anna has put into her directory to be taken for her disk. */
function inAnnas(site: Site, put: (place: string) => void): readonly string[] {
  makeDirectory(`${site.path}/anna`, 0o755, owner);
  put(`${site.path}/anna/disk.raw`);
  return drive(`${site.path}/anna/disk.raw`);
}

function makeNode(path: string, kind: 'b' | 'c', major: number, minor: number): void {
  execFileSync('mknod', [path, kind, `${major}`, `${minor}`]);
  chownSync(path, owner.uid, owner.gid);
}

function mountTmpfs(site: Site, ...options: readonly string[]): string {
  mkdirSync(`${site.path}/mount`);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${site.path}/mount`]);
  makeDisk(site, 'mount/disk.raw');
  if (options.length > 0) execFileSync('mount', [...options, `${site.path}/mount`]);
  return `${site.path}/mount/disk.raw`;
}

const anotherUser = /belongs to another user than/;

testRefusals([
  {
    what: 'a link to a file of root’s',
    words: (site) => inAnnas(site, (place) => symlinkSync(`${site.path}/victim`, place)),
    status: 125,
    message: anotherUser,
  },
  {
    what: 'a link in the middle that leads to a directory of root’s',
    words: (site) => {
      makeDirectory(`${site.path}/anna`, 0o755, owner);
      symlinkSync(site.path, `${site.path}/anna/up`);
      return drive(`${site.path}/anna/up/victim`);
    },
    status: 125,
    message: anotherUser,
  },
  {
    what: 'a path that leaves her directory by ..',
    words: (site) => {
      makeDirectory(`${site.path}/anna`, 0o755, owner);
      return drive(`${site.path}/anna/../victim`);
    },
    status: 125,
    message: anotherUser,
  },
  {
    what: 'a hard link to a file of root’s',
    words: (site) => inAnnas(site, (place) => linkSync(`${site.path}/victim`, place)),
    status: 125,
    message: /has more than one hard link/,
    hint: /find \/ -samefile/,
  },
  {
    what: 'a hard link to the disk of somebody else',
    words: (site) => {
      const bens = makeDisk(site, 'ben.raw', { uid: 12346, gid: 23457 });
      return inAnnas(site, (place) => linkSync(bens, place));
    },
    status: 125,
    message: /has more than one hard link/,
  },
  {
    what: 'somebody else’s file that was moved into her directory',
    words: (site) =>
      inAnnas(site, () => makeDisk(site, 'anna/disk.raw', { uid: 12346, gid: 23457 })),
    status: 125,
    message: /belongs to another user than its directory/,
  },
  {
    what: 'a node of the memory device',
    words: (site) => inAnnas(site, (place) => makeNode(place, 'c', 1, 1)),
    status: 125,
    message: /is a special file, not a disk/,
  },
  {
    what: 'a node of a watchdog, which must not even be opened',
    words: (site) => inAnnas(site, (place) => makeNode(place, 'c', 10, 130)),
    status: 125,
    message: /is a special file, not a disk/,
  },
  {
    what: 'a node of a disk that root has forgotten in her directory',
    words: (site) =>
      inAnnas(site, (place) => {
        makeNode(place, 'b', 7, 200);
        chownSync(place, 0, 0);
      }),
    status: 125,
    message: /belongs to another user than its directory|cannot be read/,
  },
  {
    what: 'a path through the root of a process',
    words: (site) => drive(`/proc/self/root${site.path}/victim`),
    status: 125,
    message: /stands for something else than its text/,
  },
  {
    what: 'a path through the root of another process',
    words: (site) => drive(`/proc/${process.pid}/root${site.path}/disk.raw`),
    status: 125,
    message: /stands for something else than its text/,
  },
  {
    what: 'a file on a file system of the kernel’s',
    words: () => drive('/proc/cmdline'),
    status: 125,
    message: /lies on a file system that stores no files/,
  },
  {
    what: 'a directory that others can write, by its access list',
    words: (site) => {
      const place = makeDirectory(`${site.path}/team`, 0o755);
      execFileSync('setfacl', ['-m', 'u:12346:rwx', place]);
      return drive(makeDisk(site, 'team/disk.raw'));
    },
    status: 125,
    message: /team can be written by others than its owner/,
    hint: /chmod go-w /,
  },
  {
    what: 'a disk on a file system that is mounted read-only',
    words: (site) => drive(mountTmpfs(site, '-o', 'remount,ro')),
    status: 125,
    message: /read-only/,
  },
  {
    what: 'a disk in a directory that only its owner may search, on which no other may',
    words: (site) => {
      makeDirectory(`${site.path}/anna`, 0o700, owner);
      return drive(makeDisk(site, 'anna/disk.raw'));
    },
    status: 125,
    message: /anna/,
  },
  {
    what: 'a disk with the set-gid bit and no right of the group to run it',
    words: (_, disk) => {
      chmodSync(disk, 0o2600);
      return drive(disk);
    },
    status: 125,
    message: /has a set-id bit/,
  },
]);
