import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseProcStat } from '../../../src/formats/proc-stat.ts';
import { withDirectory } from '../../../src/host/open-directory.ts';
import { writeOutput } from '../../../src/host/output/output-directory.ts';
import { repairPlace, withStaging } from '../../../src/host/output/output-staging.ts';
import { makeTree, writeBelow } from '../../support/host.ts';
import { outputOf } from '../../support/output-sets.ts';
import { isRoot } from '../../support/scratch.ts';

const namespace = statSync('/proc/self/ns/pid').ino;
/** A process that is no more. */
const dead = spawnSync('true').pid;
const abandoned = `.virt-privileges-${dead}-1-${namespace}-abcdef`;
const ownStart = parseProcStat(readFileSync('/proc/self/stat', 'utf8')).startTime;

/** A directory with what a killed run left under this name. */
function leave(context: TestContext, name: string, ...files: readonly string[]): string {
  const top = makeTree(context);
  mkdirSync(join(top, name), { mode: 0o700 });
  for (const file of files) writeBelow(top, `${name}/${file}`, file);
  return top;
}

test('killed between the two renames: the old content is put back', (context) => {
  const top = leave(context, abandoned, 'new/out/two', 'old/out/one');
  withDirectory(top, (parent) => repairPlace(parent, 'out'));
  assert.deepEqual(readdirSync(top, { recursive: true }).sort(), ['out', 'out/one']);
});

for (const files of [[], ['new/out/a'], ['old/out/a'], ['new/out/a', 'old/out/d/b']]) {
  test(`the next run removes what a killed one left: ${files.join(' ')}`, (context) => {
    const top = leave(context, abandoned, ...files);
    for (const room of ['new', 'old']) mkdirSync(join(top, abandoned, room), { recursive: true });
    mkdirSync(join(top, 'out'));
    writeOutput(join(top, 'out'), outputOf('one'));
    assert.deepEqual(readdirSync(top), ['out']);
    assert.deepEqual(readdirSync(join(top, 'out')), ['manifest.json', 'one']);
  });
}

const kept: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  'of a run that goes on': [
    `.virt-privileges-${process.pid}-${ownStart}-${namespace}-abcdef`,
    ['new/out/a'],
  ],
  'of another container': [`.virt-privileges-${dead}-1-7-abcdef`, ['new/out/a']],
  'for another directory': [abandoned, ['old/other/a']],
  'with something else in it': [abandoned, ['new/out/a', 'mine']],
  'with a file in the place of a room': [abandoned, ['new']],
  'with a name that is not ours': ['.virt-privileges-1-1-1-abcdefg', ['new/out/a']],
};

for (const [what, [name, files]] of Object.entries(kept)) {
  test(`a temporary directory ${what} is left alone`, (context) => {
    const top = leave(context, name, ...files);
    writeOutput(join(top, 'out'), outputOf('one'));
    assert.deepEqual(readdirSync(top), [name, 'out']);
    for (const file of files) assert.equal(readFileSync(join(top, name, file), 'utf8'), file);
  });
}

test('another container’s is removed when it is older than an hour', (context) => {
  const name = `.virt-privileges-${dead}-1-7-abcdef`;
  const top = leave(context, name, 'new/out/a');
  utimesSync(join(top, name), 1, Date.now() / 1000 - 3700);
  writeOutput(join(top, 'out'), outputOf('one'));
  assert.deepEqual(readdirSync(top), ['out']);
});

const strangers: Readonly<Record<string, (path: string) => void>> = {
  'that others may enter': (path) => chmodSync(path, 0o701),
  ...(isRoot ? { 'of another user': (path: string) => chownSync(path, 65534, 65534) } : {}),
  'that is a link': (path) => {
    renameSync(path, join(path, '../elsewhere'));
    symlinkSync('elsewhere', path);
  },
};

for (const [what, change] of Object.entries(strangers)) {
  test(`a temporary directory ${what} is left alone`, (context) => {
    const top = leave(context, abandoned, 'old/out/a');
    change(join(top, abandoned));
    writeOutput(join(top, 'out'), outputOf('one'));
    assert.deepEqual(readdirSync(join(top, abandoned, 'old/out')), ['a']);
    assert.deepEqual(readdirSync(join(top, 'out')), ['manifest.json', 'one']);
  });
}

test('a failure half way puts the old content back and leaves nothing', (context) => {
  const top = makeTree(context, { 'out/one': 'one' });
  const fail = () => {
    withDirectory(top, (parent) =>
      withStaging(parent, 'out', ({ fresh, aside }) => {
        mkdirSync(fresh);
        renameSync(join(top, 'out'), aside);
        throw new Error('half way');
      }),
    );
  };
  assert.throws(fail, /^Error: half way$/);
  assert.deepEqual(readdirSync(top, { recursive: true }).sort(), ['out', 'out/one']);
});
