import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { listRecords } from '../../support/claims.ts';
import {
  call,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  type Site,
  siteWords,
} from '../../support/launcher.ts';
import { rootOnly } from '../../support/scratch.ts';

/** An overlay that has no room for the copy which a change of owner makes; nothing tells so beforehand. */
function mountFull(site: Site): string {
  const [lower, upper, place] = ['lower', 'upper', 'full'].map((name) => `${site.path}/${name}`);
  for (const path of [lower, upper, place]) mkdirSync(`${path}`);
  makeDisk(site, 'lower/second.raw');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', `${upper}`]);
  for (const path of [`${upper}/files`, `${upper}/work`]) mkdirSync(path);
  const layers = `lowerdir=${lower},upperdir=${upper}/files,workdir=${upper}/work`;
  execFileSync('mount', ['-t', 'overlay', '-o', layers, 'overlay', `${place}`]);
  return `${place}`;
}

test(
  'a file system that refuses to change owners refuses the start, with everything as it was',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const first = makeDisk(site, 'first.raw');
    const second = `${mountFull(site)}/second.raw`;
    const { status, stderr } = call(
      siteWords(site, 'run', '--', ...paused, '-hda', first, '-hdb', second),
    );
    assert.equal(status, 125);
    assert.match(stderr, /cannot give .*second\.raw to 34567:45678: .*No space left on device/);
    assert.deepEqual([ownerOf(first), ownerOf(second)], [owner, owner]);
    assert.deepEqual(listRecords(site), []);
  },
);
