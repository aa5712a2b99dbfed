import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import {
  call,
  type Finished,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  type Site,
  siteWords,
} from '../support/launcher.ts';
import { rootOnly, rounds } from '../support/scratch.ts';
import { runTool } from '../support/tool.ts';

const hasStrace = runTool('which', ['strace']).status === 0;
const traced = hasStrace ? rootOnly : { skip: 'needs strace' };

/** A launch, to the end, in which one call fails: the launcher's, or that of the `restore` it ends with. */
function runWith(site: Site, disk: string, call_: string, error: string, nth: number): Finished {
  const inject = `inject=${call_}:error=${error}:when=${nth}`;
  const wrapper = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call_}`, '-e', inject];
  const words = ['--name', 'x', '--', '/bin/true', '-hda', disk];
  return call(siteWords(site, 'run', ...words), { wrapper });
}

function ledgerOf(site: Site): readonly string[] {
  return readdirSync(`${site.state}/claims`).filter((name) => name !== 'lock');
}

const failures: readonly (readonly [string, string])[] = [
  ['fsync', 'EIO'],
  ['rename', 'ENOSPC'],
  ['unlink', 'EIO'],
  ['fchownat', 'EIO'],
  ['flock', 'ENOLCK'],
];

for (const [what, error] of failures) {
  test(
    `${what} fails with ${error} at each moment of a launch: the disk goes back exactly`,
    traced,
    (context) => {
      const site = makeSite(context);
      const disk = makeDisk(site);
      const failed = [];
      // From the first call of this kind to beyond the last one.
      for (let nth = 1; nth <= rounds(6, 14); nth++) {
        const { status, stderr } = runWith(site, disk, what, error, nth);
        if (stderr !== '') failed.push(nth);
        if (status !== 0) assert.match(stderr, /^qemu-launch: error: /m);
        const { stderr: said } = call(siteWords(site, 'restore', '--all'));
        assert.deepEqual(ownerOf(disk), owner, `call ${nth}: ${stderr}${said}`);
        assert.deepEqual(ledgerOf(site), [], `call ${nth}: ${stderr}${said}`);
      }
      assert.ok(failed.length > 0, 'none of the calls failed');
    },
  );
}

for (const [what, error] of [
  ['fsync', 'EIO'],
  ['fsync', 'ENOSPC'],
  ['rename', 'ENOSPC'],
  ['rename', 'EROFS'],
] as const) {
  test(
    `a record that ${what} does not keep (${error}) refuses before any owner changes`,
    traced,
    (context) => {
      const site = makeSite(context);
      const disk = makeDisk(site);
      const before = statSync(disk).ctimeMs;
      const { status, stderr } = runWith(site, disk, what, error, 1);
      assert.equal(status, 125);
      assert.match(stderr, new RegExp(`error: cannot write to .*/claims: ${error}`));
      assert.match(stderr, /hint: nothing is given to QEMU without a record/);
      assert.equal(statSync(disk).ctimeMs, before);
      assert.deepEqual(ledgerOf(site), []);
    },
  );
}

test(
  'a ledger on a read-only file system refuses before any owner changes',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    mkdirSync(site.state);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=0700', 'tmpfs', site.state]);
    mkdirSync(`${site.state}/claims`, { mode: 0o700 });
    execFileSync('mount', ['-o', 'remount,ro', site.state]);
    const before = statSync(disk).ctimeMs;
    const { status, stderr } = call(siteWords(site, 'run', '--', '/bin/true', '-hda', disk));
    assert.equal(status, 125);
    assert.match(stderr, /error: cannot (use|write to) .*\/claims.*(EROFS|read-only)/);
    assert.equal(statSync(disk).ctimeMs, before);
  },
);
