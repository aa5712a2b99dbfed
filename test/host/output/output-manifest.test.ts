import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareOutput } from '../../../src/host/output/compare-output.ts';
import { writeOutput } from '../../../src/host/output/output-directory.ts';
import { readManifestNames } from '../../../src/host/output/output-manifest.ts';
import { makeTree } from '../../support/host.ts';
import { outputOf } from '../../support/output-sets.ts';
import { needs, runTool } from '../../support/tool.ts';

const generator = { name: 'provision generate' };

function manifestOf(files: unknown): string {
  return JSON.stringify({ generator, files });
}

const names = [
  '../secret',
  '/etc/passwd',
  'a/../../secret',
  '..',
  '.',
  '',
  './a',
  'a//b',
  'a/',
  '.git/config',
];
const more = ['a\nb', 'a\0b', '\u001b[2J', 'x/'.repeat(9000), 'a/b/c/d/e', '-rf'];

test('no name of a manifest leads out of the directory', (context) => {
  const files = [...names, ...more].map((name) => ({ name }));
  const top = makeTree(context, { 'manifest.json': manifestOf([...files, { name: 'a-1/b_2.c' }]) });
  assert.deepEqual(readManifestNames(top), ['manifest.json', 'a-1/b_2.c']);
});

const useless: Readonly<Record<string, string>> = {
  'no JSON': 'x',
  null: 'null',
  'a list': '[]',
  'no list of files': manifestOf({}),
  'a text for the files': manifestOf('abc'),
  'nothing for a file': manifestOf([null]),
  'another generator': JSON.stringify({ generator: { name: 'x' }, files: [] }),
  'more than any of ours': manifestOf([{ name: 'x'.repeat(1024 * 1024) }]),
};

for (const [what, text] of Object.entries(useless)) {
  test(`a manifest that is ${what} names nothing`, (context) => {
    assert.deepEqual(readManifestNames(makeTree(context, { 'manifest.json': text })), []);
  });
}

test('names that are no text are left out', (context) => {
  const files = [{ name: 5 }, { name: null }, { name: ['a'] }, {}, { name: 'a' }];
  const top = makeTree(context, { 'manifest.json': manifestOf(files) });
  assert.deepEqual(readManifestNames(top), ['manifest.json', 'a']);
});

test('a manifest that is a link or a pipe is not read', needs('mkfifo'), (context) => {
  const top = makeTree(context, { 'real.json': manifestOf([{ name: 'a' }]), 'pipe/x': '' });
  symlinkSync('real.json', join(top, 'manifest.json'));
  assert.deepEqual(readManifestNames(top), []);
  assert.equal(runTool('mkfifo', [join(top, 'pipe/manifest.json')]).status, 0);
  assert.deepEqual(readManifestNames(join(top, 'pipe')), []);
});

test('what a hostile manifest names outside is neither removed nor shown', (context) => {
  const top = makeTree(context, { secret: 'kept', 'out/a': 'a' });
  const files = ['a', ...names].map((name) => ({ name }));
  writeFileSync(join(top, 'out/manifest.json'), manifestOf(files));
  const differences = compareOutput(join(top, 'out'), outputOf('b'));
  assert.deepEqual(differences.map(({ name }) => name).sort(), ['a', 'b', 'manifest.json']);
  writeOutput(join(top, 'out'), outputOf('b'));
  assert.deepEqual(readdirSync(top), ['out', 'secret']);
  assert.equal(readFileSync(join(top, 'secret'), 'utf8'), 'kept');
});

test('a link in the place of a directory of ours is not followed', (context) => {
  const top = makeTree(context, { 'etc/shadow': 'secret' });
  const out = join(top, 'out');
  mkdirSync(out);
  symlinkSync('../etc', join(out, 'debian'));
  writeFileSync(join(out, 'manifest.json'), manifestOf([{ name: 'debian/shadow' }]));
  assert.throws(() => compareOutput(out, outputOf('debian/rules')), {
    code: 'VP_FILE_READ',
    message: /no regular file/,
  });
  assert.throws(() => compareOutput(out, outputOf('a')), {
    message: `cannot compare ${join(out, 'debian/shadow')}: it is no regular file`,
  });
  assert.throws(() => writeOutput(out, outputOf('a')), {
    message: `cannot write to ${out}: debian is not from an earlier run`,
  });
  assert.deepEqual(readdirSync(join(top, 'etc')), ['shadow']);
});
