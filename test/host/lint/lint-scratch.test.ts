import assert from 'node:assert/strict';
import { existsSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { letRead, withScratch } from '../../../src/host/lint/lint-scratch.ts';
import { makeTree } from '../../support/host.ts';
import { rootOnly } from '../../support/scratch.ts';

test('only the caller may see it, and nothing is left', async () => {
  const path = await withScratch(async ({ path, write }) => {
    const copy = write('etc/deep/a', 'text');
    assert.equal(statSync(path).mode & 0o7777, 0o700);
    assert.equal(statSync(copy).mode & 0o7777, 0o600);
    return path;
  });
  assert.equal(existsSync(path), false);
});

test('it goes when its use fails', async () => {
  let seen = '';
  const failing = withScratch(async ({ path }) => {
    seen = path;
    throw new Error('failed');
  });
  await assert.rejects(failing, /^Error: failed$/);
  assert.equal(existsSync(seen), false);
});

test('what a link leads to stays', async (context) => {
  const outside = makeTree(context, { 'deep/file': '' });
  await withScratch(async ({ path }) => symlinkSync(outside, join(path, 'link')));
  assert.equal(existsSync(join(outside, 'deep/file')), true);
});

test('who may read it may not write it', rootOnly, async () => {
  await withScratch(async (scratch) => {
    const copy = scratch.write('a', 'text');
    letRead(scratch, ['a'], 65534);
    const owners = [scratch.path, copy].map((place) => {
      const { uid, gid, mode } = statSync(place);
      return [uid, gid, mode & 0o7777];
    });
    assert.deepEqual(owners, [
      [0, 65534, 0o750],
      [0, 65534, 0o640],
    ]);
  });
});
