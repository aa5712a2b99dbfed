import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  makeHiddenDirectory,
  makeRunDirectory,
  removeRunDirectory,
} from '../../../src/runtime/claims/run-directory.ts';
import { sweepRunDirectory } from '../../../src/runtime/claims/sweep-run-directory.ts';
import { makeRecord } from '../../support/claim-record.ts';
import { makeSite, target } from '../../support/launcher.ts';
import { native } from '../../support/native.ts';
import { rootOnly, rounds } from '../../support/scratch.ts';
import { describe, makeVictim } from '../../support/victim.ts';

const identity = { user: 'x', group: 'x', groups: [], ...target };
const recordOf = (runDirectory: string) => makeRecord({ name: 'x', runDirectory, identity });

test(
  'a full directory is set aside while the ledger is locked, and emptied afterwards',
  rootOnly,
  (context) => {
    const { path, run } = makeSite(context);
    const victim = makeVictim(`${path}/victim`);
    makeRunDirectory(native, run, 'x', target);
    for (let file = 0; file < 200; file++) writeFileSync(`${run}/x/${file}`, '');
    writeFileSync(Buffer.from(`${run}/x/no text \xff`, 'latin1'), '');
    mkdirSync(`${run}/x/${Array(31).fill('d').join('/')}`, { recursive: true });
    symlinkSync(path, `${run}/x/link`);
    removeRunDirectory(native, recordOf(run));
    const [aside = '', ...others] = readdirSync(run);
    assert.match(aside, /^\.x\.\d+-\d+\.old$/);
    assert.deepEqual([others, readdirSync(`${run}/${aside}`).length], [[], 203]);
    makeRunDirectory(native, run, 'x', target);
    sweepRunDirectory(native, run);
    assert.deepEqual(readdirSync(run), ['x']);
    assert.deepEqual(describe(victim.path), victim.before);
  },
);

test('names without number go too', rootOnly, (context) => {
  const { run } = makeSite(context);
  makeRunDirectory(native, run, 'x', target);
  mkdirSync(`${run}/x/below`);
  // More than are read at a time, so that some are removed before others are read.
  for (let file = 0; file < rounds(3000, 300_000); file++)
    writeFileSync(`${run}/x/below/${file}`, '');
  removeRunDirectory(native, recordOf(run));
  sweepRunDirectory(native, run);
  assert.deepEqual(readdirSync(run), []);
});

test('what digs too deep stays, and keeps nothing else from going', rootOnly, (context) => {
  const { run } = makeSite(context);
  makeRunDirectory(native, run, 'x', target);
  mkdirSync(`${run}/x/${Array(60).fill('d').join('/')}`, { recursive: true });
  writeFileSync(`${run}/x/file`, '');
  removeRunDirectory(native, recordOf(run));
  sweepRunDirectory(native, run);
  const [aside = ''] = readdirSync(run);
  assert.deepEqual(readdirSync(`${run}/${aside}`), ['d']);
});

test('a service’s is never moved out of the one that hides it', rootOnly, (context) => {
  const { run } = makeSite(context);
  makeHiddenDirectory(native, run, 'x', target);
  writeFileSync(`${run}/x/vm/file`, '');
  removeRunDirectory(native, recordOf(run));
  const [aside = '', ...others] = readdirSync(run);
  const facts = [aside, `${aside}/vm`].map((name) => statSync(`${run}/${name}`));
  assert.deepEqual(
    facts.map(({ uid, mode }) => [uid, mode & 0o7777]),
    [
      [0, 0o700],
      [target.uid, 0o700],
    ],
  );
  assert.deepEqual([others, readdirSync(`${run}/${aside}/vm`)], [[], ['file']]);
  sweepRunDirectory(native, run);
  assert.deepEqual(readdirSync(run), []);
});

const remains = {
  'made and not yet filled': ['x'],
  'made and not yet given away': ['x', 'x/vm'],
};

for (const [what, directories] of Object.entries(remains)) {
  test(`what a killed prepare leaves goes: ${what}`, rootOnly, (context) => {
    const { run } = makeSite(context);
    for (const directory of ['', ...directories]) mkdirSync(`${run}/${directory}`);
    removeRunDirectory(native, recordOf(run));
    assert.deepEqual(readdirSync(run), []);
  });
}

test('a directory of root that holds anything else stays as it is', rootOnly, (context) => {
  const { run } = makeSite(context);
  makeHiddenDirectory(native, run, 'x', target);
  writeFileSync(`${run}/x/vm/file`, '');
  writeFileSync(`${run}/x/grub`, '');
  removeRunDirectory(native, recordOf(run));
  sweepRunDirectory(native, run);
  assert.deepEqual([readdirSync(run), readdirSync(`${run}/x/vm`)], [['x'], ['file']]);
});
