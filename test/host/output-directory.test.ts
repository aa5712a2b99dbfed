import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeOutput } from '../../src/host/output-directory.ts';
import { makeTree, writeBelow } from '../support/host.ts';

function outputOf(...names: readonly string[]) {
  const generator = { name: 'provision generate' };
  const manifest = JSON.stringify({ generator, files: names.map((name) => ({ name })) });
  const files = [...names, 'manifest.json'];
  return files.map((name) => ({
    name,
    mode: '0644',
    text: name === 'manifest.json' ? manifest : name,
  }));
}

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
