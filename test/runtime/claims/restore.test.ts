import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import type { Claim } from '../../../src/formats/claim-record.ts';
import { restoreClaim } from '../../../src/runtime/claims/restore.ts';
import { giveToTarget } from '../../support/claim.ts';
import { target as to } from '../../support/launcher.ts';
import { native } from '../../support/native.ts';
import { needsAcl } from '../../support/rights.ts';
import { makeScratch, rootOnly } from '../../support/scratch.ts';

/** A file that has been given to the target, and the claim that remembers 12345:23456. */
function giveAway(path: string): Claim {
  writeFileSync(path, 'content');
  chmodSync(path, 0o640);
  return giveToTarget(path);
}

function makeDirectory(path: string): string {
  mkdirSync(path);
  return path;
}

function ownerOf(path: string): string {
  const { uid, gid } = statSync(path);
  return `${uid}:${gid}`;
}

test('a file goes back to its old owner, and a second time is no failure', rootOnly, (context) => {
  const claim = giveAway(`${makeScratch(context)}/disk`);
  const first = restoreClaim(native, claim, true);
  assert.deepEqual([first.result, first.message], ['restored', 'given back to 12345:23456']);
  assert.equal(ownerOf(claim.path), '12345:23456');
  assert.equal(statSync(claim.path).mode & 0o7777, 0o640);
  assert.equal(restoreClaim(native, claim, true).result, 'already');
});

test(
  'another file under the name is left alone, also when it has the owner that was given',
  rootOnly,
  (context) => {
    const claim = giveAway(`${makeScratch(context)}/disk`);
    rmSync(claim.path);
    // The freed inode number is often used again at once: the birth time and handle still differ.
    for (let round = 0; round < 20; round++) {
      writeFileSync(claim.path, 'another');
      chownSync(claim.path, to.uid, to.gid);
      const { result, message } = restoreClaim(native, claim, true);
      const why = 'another file stands there now: left alone';
      assert.deepEqual([result, message], ['replaced', why]);
      assert.equal(ownerOf(claim.path), '34567:45678');
      rmSync(claim.path);
    }
  },
);

test(
  'a planted record cannot give a system file away: the owner that was given must be there',
  rootOnly,
  (context) => {
    const path = `${makeScratch(context)}/passwd`;
    writeFileSync(path, 'root:x:0:0');
    const planted = giveToTarget(path);
    chownSync(path, 0, 0);
    const { result, message } = restoreClaim(native, planted, true);
    assert.deepEqual([result, message], ['reowned', 'belongs to 0:0 now: left alone']);
    assert.equal(ownerOf(path), '0:0');
  },
);

test('an owner that somebody else has set since is left alone and said', rootOnly, (context) => {
  const claim = giveAway(`${makeScratch(context)}/disk`);
  chownSync(claim.path, 999, 45678);
  const { result, message } = restoreClaim(native, claim, true);
  assert.deepEqual([result, message], ['reowned', 'belongs to 999:45678 now: left alone']);
  assert.equal(ownerOf(claim.path), '999:45678');
});

test('a mode that changed meanwhile is said, not put back', rootOnly, (context) => {
  const claim = giveAway(`${makeScratch(context)}/disk`);
  chmodSync(claim.path, 0o666);
  assert.equal(
    restoreClaim(native, claim, true).message,
    'given back to 12345:23456; its mode is 0666 now, was 0640',
  );
  assert.equal(statSync(claim.path).mode & 0o7777, 0o666);
});

const given = 'given back to 12345:23456';
const changed = 'its access list has changed: getfacl shows who may use it';

/** The list that the file came with, what QEMU did to it, and what is said. */
const lists: readonly (readonly [before: string | null, done: readonly string[], said: string])[] =
  [
    [null, [], given],
    ['u:999:r', [], given],
    // The mask is what the mode's group bits were: the mode does not show it.
    [null, ['-m', 'u:34567:r'], `${given}; ${changed}`],
    [null, ['-m', 'u:34567:rw'], `${given}; its mode is 0660 now, was 0640; ${changed}`],
    ['u:999:r', ['-m', 'u:34567:r'], `${given}; ${changed}`],
    ['u:999:r', ['-b'], `${given}; its access list has gone`],
  ];

for (const [before, done, said] of lists) {
  test(
    `an access list ${before ?? 'none'}, changed by ${done.join(' ') || 'nobody'}`,
    needsAcl,
    (context) => {
      const path = `${makeScratch(context)}/disk`;
      writeFileSync(path, 'content');
      chmodSync(path, 0o640);
      if (before !== null) execFileSync('setfacl', ['-m', before, path]);
      const claim = giveToTarget(path);
      if (done.length > 0) execFileSync('setfacl', [...done, path]);
      assert.equal(restoreClaim(native, claim, true).message, said);
    },
  );
}

test('of a list that an older record does not speak of nothing is said', needsAcl, (context) => {
  const { acl: _, ...claim } = giveAway(`${makeScratch(context)}/disk`);
  execFileSync('setfacl', ['-m', 'u:34567:r', claim.path]);
  assert.equal(restoreClaim(native, claim, true).message, given);
});

test('a set-id bit that QEMU put on its disk does not survive', rootOnly, (context) => {
  const claim = giveAway(`${makeScratch(context)}/disk`);
  chmodSync(claim.path, 0o4777);
  assert.equal(restoreClaim(native, claim, true).result, 'restored');
  assert.equal(statSync(claim.path).mode & 0o7000, 0);
});

test('a deleted file is done with, in another boot too', rootOnly, (context) => {
  const claim = giveAway(`${makeScratch(context)}/disk`);
  rmSync(claim.path);
  const { result, message } = restoreClaim(native, claim, true);
  assert.deepEqual([result, message], ['deleted', 'is no longer there']);
  const isInMemory = claim.mount?.type === 'tmpfs';
  assert.equal(restoreClaim(native, claim, false).result, isInMemory ? 'gone' : 'deleted');
});

test(
  'what lay in memory has gone with the boot before, and nobody need look',
  rootOnly,
  (context) => {
    const place = makeDirectory(`${makeScratch(context)}/mount`);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', place]);
    const claim = giveAway(`${place}/disk`);
    execFileSync('umount', [place]);
    const { result, message } = restoreClaim(native, claim, false);
    assert.deepEqual([result, message], ['gone', 'was on a tmpfs, which the restart has emptied']);
  },
);

test('a device number that changed means nothing where there is a handle', rootOnly, (context) => {
  const claim = { ...giveAway(`${makeScratch(context)}/disk`), device: '1' };
  assert.equal(restoreClaim(native, claim, true).result, 'restored');
});

test('a file that was renamed meanwhile goes back all the same', rootOnly, (context) => {
  const claim = giveAway(`${makeScratch(context)}/disk`);
  renameSync(claim.path, `${claim.path}.old`);
  writeFileSync(claim.path, 'another');
  const { result, message } = restoreClaim(native, claim, true);
  assert.deepEqual(
    [result, message],
    ['restored', 'given back to 12345:23456 (it has another name now)'],
  );
  assert.equal(ownerOf(`${claim.path}.old`), '12345:23456');
  assert.equal(ownerOf(claim.path), '0:0');
});

test('what another file system hides is kept for later', rootOnly, (context) => {
  const scratch = makeScratch(context);
  mkdirSync(`${scratch}/mount`);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${scratch}/mount`]);
  const claim = giveAway(`${scratch}/mount/disk`);
  execFileSync('mount', ['--move', `${scratch}/mount`, makeDirectory(`${scratch}/aside`)]);
  const { result, message } = restoreClaim(native, claim, true);
  const point = `${scratch}/mount`;
  const why = `cannot be reached: its file system (tmpfs at ${point}) is not mounted`;
  assert.deepEqual([result, message], ['kept', why]);
  writeFileSync(claim.path, 'another');
  assert.equal(restoreClaim(native, claim, true).result, 'kept');
  rmSync(claim.path);
  execFileSync('mount', ['--bind', `${scratch}/aside`, `${scratch}/mount`]);
  assert.equal(restoreClaim(native, claim, true).result, 'restored');
});

test(
  'on an overlay, where the first change makes the file anew, the owner comes back',
  rootOnly,
  (context) => {
    const scratch = makeScratch(context);
    for (const name of ['base', 'lower', 'upper', 'work', 'merged'])
      makeDirectory(`${scratch}/${name}`);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${scratch}/base`]);
    for (const name of ['lower', 'upper', 'work']) makeDirectory(`${scratch}/base/${name}`);
    writeFileSync(`${scratch}/base/lower/disk`, 'content');
    const layers = `lowerdir=${scratch}/base/lower,upperdir=${scratch}/base/upper,workdir=${scratch}/base/work`;
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, `${scratch}/merged`]);
    const path = `${scratch}/merged/disk`;
    const claim = giveToTarget(path);
    assert.equal(claim.mount?.type, 'overlay', 'known without a handle too');
    assert.equal(restoreClaim(native, claim, true).result, 'restored');
    assert.equal(ownerOf(path), '12345:23456');
  },
);

test('a directory in the file’s place is left alone', rootOnly, (context) => {
  const claim = giveAway(`${makeScratch(context)}/disk`);
  rmSync(claim.path);
  mkdirSync(claim.path);
  assert.equal(restoreClaim(native, claim, true).result, 'replaced');
});
