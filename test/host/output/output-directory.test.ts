import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeOutput } from '../../../src/host/output/output-directory.ts';
import { makeTree, writeBelow } from '../../support/host.ts';
import { outputOf } from '../../support/output-sets.ts';

test('makes the directory and its parents', (context) => {
  const top = makeTree(context);
  writeOutput(join(top, 'a/out'), outputOf('one'));
  assert.deepEqual(readdirSync(join(top, 'a')), ['out']);
  assert.deepEqual(readdirSync(join(top, 'a/out')), ['manifest.json', 'one']);
  assert.equal(statSync(join(top, 'a/out')).mode & 0o7777, 0o755);
  assert.equal(statSync(join(top, 'a/out/one')).mode & 0o7777, 0o644);
});

test('replaces what an earlier run wrote, as a whole', (context) => {
  const top = makeTree(context);
  writeOutput(join(top, 'out'), outputOf('one', 'two'));
  writeOutput(join(top, 'out'), outputOf('three'));
  assert.deepEqual(readdirSync(join(top, 'out')), ['manifest.json', 'three']);
  assert.deepEqual(readdirSync(top), ['out']);
});

test('an empty directory and a link to one will do', (context) => {
  const top = makeTree(context);
  mkdirSync(join(top, 'out'));
  symlinkSync('out', join(top, 'link'));
  writeOutput(join(top, 'link'), outputOf('one'));
  assert.equal(readFileSync(join(top, 'out/one'), 'utf8'), 'one');
});

test('modes do not depend on the umask', (context) => {
  const top = makeTree(context);
  const before = process.umask(0o077);
  context.after(() => process.umask(before));
  writeOutput(join(top, 'out'), outputOf('a/b/one'));
  for (const name of ['', 'a', 'a/b'])
    assert.equal(statSync(join(top, 'out', name)).mode & 0o7777, 0o755);
  assert.equal(statSync(join(top, 'out/a/b/one')).mode & 0o7777, 0o644);
});

test('a name of 255 bytes is one like others', (context) => {
  const name = 'x'.repeat(255);
  const top = makeTree(context);
  for (const file of ['one', 'two']) writeOutput(join(top, name), outputOf(file));
  assert.deepEqual(readdirSync(top), [name]);
});

test('parents that were made go again when nothing comes of it', (context) => {
  const top = makeTree(context, { 'a/kept': '' });
  assert.throws(() => writeOutput(join(top, 'a/b/c/out'), outputOf('x'.repeat(256))), {
    code: 'VP_OUT_INVALID',
  });
  assert.deepEqual(readdirSync(join(top, 'a')), ['kept']);
});

const refused: readonly (readonly [string, (out: string) => void, string])[] = [
  ['a file', (out) => writeBelow(out, '../out', ''), 'not a directory'],
  ['a foreign file', (out) => writeBelow(out, 'foreign', ''), 'foreign is not from an earlier run'],
  [
    'a foreign file beside ours',
    (out) => {
      writeOutput(out, outputOf('one'));
      writeBelow(out, 'two', '');
    },
    'two is not from an earlier run',
  ],
  [
    'a directory in the place of one of ours',
    (out) => {
      mkdirSync(join(out, 'one'), { recursive: true });
      writeBelow(out, 'manifest.json', outputOf('one').at(-1)?.text ?? '');
    },
    'one is not from an earlier run',
  ],
  ['a dangling link', (out) => symlinkSync('nothing', out), 'it is a symbolic link to nothing'],
  ['a link to itself', (out) => symlinkSync('out', out), 'too many symbolic links encountered'],
  [
    'a directory that no manifest names, without looking into it',
    (out) => writeBelow(out, 'home/me/file', ''),
    'home is not from an earlier run',
  ],
  [
    'somebody else’s manifest',
    (out) => writeBelow(out, 'manifest.json', '{"files":[]}'),
    'manifest.json is not from an earlier run',
  ],
];

for (const [name, prepare, reason] of refused) {
  test(`refuses ${name} and changes nothing`, (context) => {
    const top = makeTree(context);
    const out = join(top, 'out');
    prepare(out);
    const before = readdirSync(top, { recursive: true });
    assert.throws(() => writeOutput(out, outputOf('one')), {
      code: 'VP_OUT_INVALID',
      message: `cannot write to ${out}: ${reason}`,
    });
    assert.deepEqual(readdirSync(top, { recursive: true }), before);
  });
}
