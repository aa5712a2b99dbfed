import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  abandon,
  call,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  siteWords,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

const replacements: Readonly<Record<string, (place: string) => void>> = {
  'a link to itself': (place) => symlinkSync(place, place),
  'a link to nothing': (place) => symlinkSync('/nowhere', place),
  'a link to a device': (place) => symlinkSync('/dev/zero', place),
  'a link to a magic link': (place) => symlinkSync('/proc/self/fd/0', place),
  'a pipe': (place) => execFileSync('mkfifo', [place]),
  'a file': (place) => writeFileSync(place, ''),
};

for (const [what, replace] of Object.entries(replacements)) {
  test(
    `${what} in the place of a disk's directory keeps nobody else's disk`,
    rootOnly,
    (context) => {
      const site = makeSite(context);
      makeDirectory(`${site.path}/anna`, 0o755, owner);
      abandon(site, 'a', makeDisk(site, 'anna/disk.raw'));
      renameSync(`${site.path}/anna`, `${site.path}/away`);
      replace(`${site.path}/anna`);
      const disk = makeDisk(site, 'ben.raw');
      abandon(site, 'b', disk);
      call(siteWords(site, 'restore', '--all'));
      assert.deepEqual([ownerOf(disk), ownerOf(`${site.path}/away/disk.raw`)], [owner, owner]);
    },
  );
}
