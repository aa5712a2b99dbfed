import assert from 'node:assert/strict';
import {
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { withScratch } from '../../src/verify/guarded.ts';
import { whileExchanging } from '../support/exchange.ts';
import { native } from '../support/native.ts';
import { makeScratch, rootOnly } from '../support/scratch.ts';

const guest = 41000;
const names = Array.from({ length: 200 }, (_, index) => `file-${index}`);
const never = new AbortController().signal;

function fill(path: string): void {
  mkdirSync(path);
  for (const name of names) writeFileSync(`${path}/${name}`, '');
}

/** A directory of the guest's user with two names in it: one like the victim, and a link to that. */
function makeTrap(directory: string, victim: string): readonly [string, string] {
  const own = `${directory}/guest`;
  mkdirSync(own);
  fill(`${own}/files`);
  symlinkSync(victim, `${own}/link`);
  for (const path of [own, `${own}/files`, `${own}/link`]) lchownSync(path, guest, guest);
  return [`${own}/files`, `${own}/link`];
}

test('the scratch directory goes, whatever a guest has left in it', rootOnly, async () => {
  const place = await withScratch(native, never, async (directory) => {
    const deep = `${directory}/guest${'/deeper'.repeat(100)}`;
    mkdirSync(deep, { recursive: true });
    writeFileSync(`${deep}/file`, '');
    return directory;
  });
  assert.equal(existsSync(place), false);
});

test(
  'a link that takes the place of a directory while the scratch goes leads to nothing',
  rootOnly,
  async (context) => {
    const scratch = makeScratch(context);
    const victim = `${scratch}/victim`;
    fill(victim);
    let place = '';
    let end = () => {};
    let attack: Promise<void> | null = null;
    const removed = withScratch(native, never, async (directory) => {
      place = directory;
      const pair = makeTrap(directory, victim);
      await new Promise<void>((begin) => {
        attack = whileExchanging(scratch, guest, pair, () => {
          begin();
          return new Promise<void>((resolve) => {
            end = resolve;
          });
        });
      });
    });
    // Either may give up: what counts is the victim.
    await Promise.allSettled([removed]);
    end();
    await Promise.allSettled([attack]);
    rmSync(place, { recursive: true, force: true });
    assert.deepEqual(readdirSync(victim).sort(), [...names].sort());
  },
);
