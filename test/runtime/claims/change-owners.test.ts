import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { listRecords, recordOf } from '../../support/claims.ts';
import {
  call,
  type Finished,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  type Site,
  siteWords,
  target,
} from '../../support/launcher.ts';
import { rootOnly } from '../../support/scratch.ts';

/** An overlay that has no room for the copy which a change of owner makes; nothing tells so beforehand. */
function mountFull(site: Site): string {
  const [lower, upper, place] = ['lower', 'upper', 'full'].map((name) => `${site.path}/${name}`);
  for (const path of [lower, upper, place]) mkdirSync(`${path}`);
  makeDisk(site, 'lower/second.raw');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', `${upper}`]);
  for (const path of [`${upper}/files`, `${upper}/work`]) mkdirSync(path);
  const layers = `lowerdir=${lower},upperdir=${upper}/files,workdir=${upper}/work`;
  execFileSync('mount', ['-t', 'overlay', '-o', layers, 'overlay', `${place}`]);
  return `${place}`;
}

test(
  'a file system that refuses to change owners refuses the start, with everything as it was',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const first = makeDisk(site, 'first.raw');
    const second = `${mountFull(site)}/second.raw`;
    const { status, stderr } = call(
      siteWords(site, 'run', '--', ...paused, '-hda', first, '-hdb', second),
    );
    assert.equal(status, 125);
    assert.match(stderr, /cannot give .*second\.raw to 34567:45678: .*No space left on device/);
    assert.deepEqual([ownerOf(first), ownerOf(second)], [owner, owner]);
    assert.deepEqual(listRecords(site), []);
  },
);

/** The launcher, and what it starts, with calls answered so. */
function callWith(answers: readonly string[], words: readonly string[]): Finished {
  const inject = answers.flatMap((answer) => ['-e', `inject=${answer}`]);
  const trace = ['-e', 'trace=fchownat,rename', ...inject];
  return call(words, { wrapper: ['strace', '-f', '-qq', '-o', '/dev/null', ...trace] });
}

/** How servers that trust no root and file systems without owners answer. */
const answers: Readonly<Record<string, string>> = {
  'a server that trusts no root': 'error=EPERM',
  'a file system that keeps no owners': 'error=EOPNOTSUPP',
  'a file system that says yes and changes nothing': 'retval=0',
};

for (const [what, answer] of Object.entries(answers)) {
  test(`a disk on ${what} is used as it is where its user can`, rootOnly, (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    chmodSync(disk, 0o666);
    const words = ['--name', 'x', '--', '/bin/true', '-hda', disk];
    const { status, stderr } = callWith([`fchownat:${answer}`], siteWords(site, 'exec', ...words));
    const said = `warning: ${disk} keeps its owner, which cannot be changed: QEMU may use it so`;
    assert.deepEqual([status, stderr.includes(said)], [0, true], stderr);
    // It stands on record all the same: nobody else may take it.
    const [claim] = recordOf(site, 'x')?.claims ?? [];
    assert.deepEqual([claim?.path, claim?.from, claim?.to], [disk, owner, owner]);
    const restored = call(siteWords(site, 'restore', 'x', '--json'));
    assert.equal(JSON.parse(restored.stdout).files[0].result, 'already');
    assert.deepEqual(ownerOf(disk), owner);
  });

  test(`a disk on ${what} refuses the start where its user cannot`, rootOnly, (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const { status, stderr } = callWith(
      [`fchownat:${answer}`],
      siteWords(site, 'run', '--', '/bin/true', '-hda', disk),
    );
    assert.deepEqual(
      [status, /error: cannot give .*disk\.raw to 34567:45678: /.test(stderr)],
      [125, true],
    );
    assert.match(stderr, /hint: everything given before is back\n.*hint: .* --leave PATH/);
    assert.deepEqual([ownerOf(disk), listRecords(site)], [owner, []]);
  });
}

test(
  'a disk that is its user’s already is claimed, and not even its change time moves',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site, 'disk.raw', target);
    const before = statSync(disk).ctimeMs;
    assert.equal(
      call(siteWords(site, 'exec', '--name', 'x', '--', '/bin/true', '-hda', disk)).status,
      0,
    );
    assert.equal(recordOf(site, 'x')?.claims.length, 1);
    assert.equal(call(siteWords(site, 'restore', 'x')).status, 0);
    assert.deepEqual([statSync(disk).ctimeMs, ownerOf(disk)], [before, target]);
  },
);

test(
  'what is given back after a failure is given back in reverse, and said',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disks = ['first', 'second'].map((name) => makeDisk(site, name));
    const words = disks.flatMap((disk, index) => [`-hd${'ab'[index]}`, disk]);
    const run = siteWords(site, 'run', '--report', '/proc/none', '--', '/bin/true', ...words);
    const { status, stderr } = call(run);
    const told = [...stderr.matchAll(/^qemu-launch: info: .*\/(\w+) given back to 12345:23456$/gm)];
    assert.deepEqual([status, told.map(([, name]) => name)], [125, ['second', 'first']]);
    assert.deepEqual(disks.map(ownerOf), [owner, owner]);
  },
);

test(
  'a record that cannot be put right about a disk that stays gives everything back',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disks = ['first', 'second'].map((name) => makeDisk(site, name));
    for (const disk of disks) chmodSync(disk, 0o666);
    const words = disks.flatMap((disk, index) => [`-hd${'ab'[index]}`, disk]);
    const answers = ['fchownat:error=EPERM:when=2', 'rename:error=ENOSPC:when=2'];
    const { status, stderr } = callWith(
      answers,
      siteWords(site, 'exec', '--', '/bin/true', ...words),
    );
    assert.deepEqual(
      [status, /error: cannot write to .*claims: /.test(stderr)],
      [125, true],
      stderr,
    );
    assert.deepEqual([disks.map(ownerOf), listRecords(site)], [[owner, owner], []]);
  },
);
