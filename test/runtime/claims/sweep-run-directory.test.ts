import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  makeHiddenDirectory,
  makeRunDirectory,
  removeRunDirectory,
} from '../../../src/runtime/claims/run-directory.ts';
import { sweepRunDirectory } from '../../../src/runtime/claims/sweep-run-directory.ts';
import { makeRecord } from '../../support/claim-record.ts';
import { makeDirectory, makeSite, target } from '../../support/launcher.ts';
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
  makeRunDirectory(native, run, 'x', target);
  makeHiddenDirectory(native, run, 'x', target);
  const hidden = `${run}/.services`;
  writeFileSync(`${hidden}/x/file`, '');
  removeRunDirectory(native, recordOf(run));
  assert.deepEqual(readdirSync(run), ['.services']);
  const [aside = '', ...others] = readdirSync(hidden);
  assert.match(aside, /^\.x\.\d+-\d+\.old$/);
  assert.deepEqual([others, readdirSync(`${hidden}/${aside}`)], [[], ['file']]);
  const { uid, mode } = statSync(hidden);
  assert.deepEqual([uid, mode & 0o7777], [0, 0o700]);
  sweepRunDirectory(native, run);
  assert.deepEqual(readdirSync(hidden), []);
});

const remains = {
  'made and not yet given away': ['x'],
  'with the hidden one, and that not yet given away': ['x', '.services', '.services/x'],
};

for (const [what, directories] of Object.entries(remains)) {
  test(`what a killed prepare leaves goes: ${what}`, rootOnly, (context) => {
    const { run } = makeSite(context);
    for (const directory of ['', ...directories]) mkdirSync(`${run}/${directory}`);
    removeRunDirectory(native, recordOf(run));
    assert.deepEqual(
      readdirSync(run, { recursive: true }),
      directories.filter((each) => each === '.services'),
    );
  });
}

test('a directory of root that holds something stays as it is', rootOnly, (context) => {
  const { run } = makeSite(context);
  for (const place of ['x', '.services/x']) {
    mkdirSync(`${run}/${place}`, { recursive: true });
    writeFileSync(`${run}/${place}/grub`, '');
  }
  removeRunDirectory(native, recordOf(run));
  sweepRunDirectory(native, run);
  for (const place of ['x', '.services/x'])
    assert.deepEqual(readdirSync(`${run}/${place}`), ['grub']);
});

test(
  'what is mounted below it is not emptied, and on it keeps nothing else',
  rootOnly,
  (context) => {
    const { path, run } = makeSite(context);
    const shared = makeDirectory(`${path}/shared`, 0o755);
    writeFileSync(`${shared}/file`, '');
    makeRunDirectory(native, run, 'x', target);
    makeHiddenDirectory(native, run, 'x', target);
    mkdirSync(`${run}/x/share`);
    const mounts = [`${run}/x/share`, `${run}/.services/x`];
    for (const place of mounts) execFileSync('mount', ['--bind', shared, place]);
    removeRunDirectory(native, recordOf(run));
    sweepRunDirectory(native, run);
    assert.deepEqual(readdirSync(shared), ['file']);
    assert.equal(existsSync(`${run}/x`), false);
  },
);
