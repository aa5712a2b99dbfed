import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import type { Site } from '../support/launcher.ts';
import { makeDirectory, pausedWith, target } from '../support/launcher.ts';
import { testRefusals } from '../support/refusal.ts';

const drive = (path: string) => pausedWith(path);

testRefusals([
  {
    what: 'a missing disk',
    words: (site) => drive(`${site.path}/missing.raw`),
    status: 125,
    message: /missing\.raw/,
  },
  {
    what: 'a directory as disk',
    words: (site) => drive(makeDirectory(`${site.path}/d`, 0o755)),
    status: 125,
    message: /is a directory, not a disk/,
  },
  {
    what: 'a pipe as disk',
    words: (site) => drive(makeFifo(site)),
    status: 125,
    message: /is a pipe, not a disk/,
  },
  {
    what: '/dev/null as disk',
    words: () => drive('/dev/null'),
    status: 125,
    message: /\/dev\/null is a special file, not a disk/,
  },
  {
    what: 'a link in a directory that the target user can write',
    words: (site, disk) => drive(makeLink(site, disk)),
    status: 125,
    message: /link is a link in a directory that others can write/,
  },
  {
    what: 'a link in a directory that everybody can write',
    words: (site, disk) => drive(makeLink(site, disk, 0o1777, { uid: 0, gid: 0 })),
    status: 125,
    message: /link is a link in a directory that others can write/,
  },
  {
    what: 'a disk that its new owner could not write',
    words: (site, disk) => drive(readOnly(site, disk)),
    status: 125,
    message: /disk\.raw/,
  },
  {
    what: 'a claim of a path that nothing names',
    options: ['--claim', '/srv/other.raw'],
    words: (_, disk) => drive(disk),
    status: 125,
    message: /--claim \/srv\/other\.raw: no argument of the emulator names this path/,
  },
  {
    what: 'a set-id disk',
    words: (site, disk) => drive(setId(site, disk)),
    status: 125,
    message: /has a set-id bit/,
  },
]);

function makeFifo(site: Site): string {
  execFileSync('mkfifo', [`${site.path}/fifo`]);
  return `${site.path}/fifo`;
}

function makeLink(
  site: Site,
  disk: string,
  mode = 0o755,
  from: { uid: number; gid: number } = target,
): string {
  const directory = makeDirectory(`${site.path}/open`, mode, from);
  symlinkSync(disk, `${directory}/link`);
  return `${directory}/link`;
}

function readOnly(_: Site, disk: string): string {
  chmodSync(disk, 0o400);
  return disk;
}

function setId(_: Site, disk: string): string {
  chmodSync(disk, 0o4600);
  return disk;
}
