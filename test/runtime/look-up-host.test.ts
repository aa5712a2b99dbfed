import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { hostLookup } from '../../src/runtime/look-up-host.ts';
import { makeScratch } from '../support/scratch.ts';

test('what is there is told', (context) => {
  const directory = makeScratch(context);
  mkdirSync(`${directory}/d`);
  for (const name of ['b', 'a']) writeFileSync(`${directory}/d/${name}`, `${name}\n`);
  symlinkSync('../../kernel/iommu_groups/12', `${directory}/link`);
  assert.equal(hostLookup.exists(`${directory}/d/a`), true);
  assert.deepEqual(hostLookup.list(`${directory}/d`), ['a', 'b']);
  assert.equal(hostLookup.link(`${directory}/link`), '12');
  assert.equal(hostLookup.attribute(`${directory}/d/b`), 'b');
});

test('what is not there, or something else, is no answer and no error', (context) => {
  const directory = makeScratch(context);
  writeFileSync(`${directory}/file`, '');
  for (const path of [`${directory}/none`, `${directory}/file/none`, `${directory}/\0`]) {
    assert.equal(hostLookup.exists(path), false);
    assert.deepEqual(hostLookup.list(path), []);
    assert.equal(hostLookup.link(path), null);
    assert.equal(hostLookup.attribute(path), null);
  }
  assert.deepEqual(hostLookup.list(`${directory}/file`), []);
  assert.equal(hostLookup.link(`${directory}/file`), null);
  assert.equal(hostLookup.attribute(directory), null);
});
