import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRoot, pathInRoot } from '../../src/host/root.ts';
import { addonFile, makeTree } from '../support/host.ts';

test('the running system is told from an image, also under another name', (context) => {
  const directory = makeTree(context);
  symlinkSync('/', join(directory, 'link'));
  assert.equal(openRoot('/', addonFile).isLive, true);
  assert.equal(openRoot(join(directory, 'link'), addonFile).isLive, true);
  assert.equal(openRoot(directory, addonFile).isLive, false);
});

for (const [name, reason] of [
  ['missing', 'it does not exist'],
  ['file', 'not a directory'],
] as const) {
  test(`refuses a root that is ${name}`, (context) => {
    const path = join(makeTree(context, { file: '' }), name);
    assert.throws(() => openRoot(path, addonFile), {
      code: 'VP_ROOT_INVALID',
      message: `cannot use the root ${path}: ${reason}`,
    });
  });
}

test('a path of the root as people see it', () => {
  assert.equal(pathInRoot({ path: '/' }, '/etc/x'), '/etc/x');
  assert.equal(pathInRoot({ path: '/mnt' }, '/etc/x'), '/mnt/etc/x');
});
