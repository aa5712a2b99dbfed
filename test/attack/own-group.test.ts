import assert from 'node:assert/strict';
import { chownSync, readFileSync, writeFileSync } from 'node:fs';
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
import { rootOnly } from '../support/scratch.ts';

const [own, foreign] = [4242, 4343];

test('QEMU cannot keep a disk by giving it to another group of its own', rootOnly, (context) => {
  const site = makeSite(context);
  for (const group of [own, foreign]) {
    const disk = makeDisk(site, `${group}.raw`);
    abandon(site, 'x', disk);
    const path = `${site.state}/claims/x.json`;
    const record = JSON.parse(readFileSync(path, 'utf8'));
    const identity = { ...record.identity, groups: [own, target.gid] };
    writeFileSync(path, JSON.stringify({ ...record, identity }));
    chownSync(disk, target.uid, group);
    const { status, stderr } = call(siteWords(site, 'restore', 'x'));
    if (group === own) assert.deepEqual([status, stderr, ownerOf(disk)], [0, '', owner]);
    else assert.match(stderr, /4343\.raw belongs to 34567:4343 now: left alone/);
  }
});
