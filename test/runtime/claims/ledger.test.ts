import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import {
  abandon,
  call,
  makeDirectory,
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
import { stateOf } from '../../support/victim.ts';

/** Ledgers that somebody else could write, or that are none. */
const ledgers: Readonly<Record<string, readonly [(site: Site, place: string) => void, RegExp]>> = {
  'that belongs to somebody else': [
    (_, place) => chownSync(place, owner.uid, owner.gid),
    /claims belongs to another user/,
  ],
  'that its group may read': [(_, place) => chmodSync(place, 0o750), /uid 0 with mode 750/],
  'that everybody may read': [(_, place) => chmodSync(place, 0o755), /uid 0 with mode 755/],
  'that everybody may search': [(_, place) => chmodSync(place, 0o701), /uid 0 with mode 701/],
  'that everybody may write': [
    (_, place) => chmodSync(place, 0o777),
    /claims can be written by others/,
  ],
  'below a directory of somebody else': [
    (site) => chownSync(site.state, owner.uid, owner.gid),
    /claims belongs to another user than the directory above it/,
  ],
  'below a directory that everybody may write': [
    (site) => chmodSync(site.state, 0o777),
    /state can be written by others/,
  ],
};

for (const [what, [spoil, message]] of Object.entries(ledgers)) {
  test(
    `a ledger ${what} is refused before anything is changed, and not put right`,
    rootOnly,
    (context) => {
      const site = makeSite(context);
      const disk = makeDisk(site);
      makeDirectory(site.state, 0o755);
      const place = makeDirectory(`${site.state}/claims`, 0o700);
      spoil(site, place);
      const before = [disk, place, site.state].map(stateOf);
      const words = ['--', '/bin/true', '-hda', disk];
      for (const [command, expected, ...rest] of [
        ['run', 125, ...words],
        ['plan', 3, ...words],
        ['restore', 1, '--all'],
        ['restore', 1, 'web'],
      ] as const) {
        const { status, stderr } = call(siteWords(site, command, ...rest));
        assert.equal(status, expected, `${command}: ${stderr}`);
        assert.match(stderr, message, command);
        assert.match(stderr, /^qemu-launch: hint: \S/m);
      }
      assert.deepEqual([disk, place, site.state].map(stateOf), before);
      assert.deepEqual(readdirSync(place), []);
    },
  );
}

const badNames = [
  'a/b',
  '..',
  '.',
  '../../etc/cron.d/x',
  'a\nb',
  '',
  '-o',
  '.hidden',
  'x'.repeat(65),
  'a b',
  'ä',
];

for (const name of badNames) {
  test(
    `${JSON.stringify(name)} is no name: nothing is made, found or removed`,
    rootOnly,
    (context) => {
      const site = makeSite(context);
      const disk = makeDisk(site);
      abandon(site, 'web', disk);
      for (const words of [
        ['run', `--name=${name}`, '--', '/bin/true'],
        ['exec', `--name=${name}`, '--', '/bin/true'],
        ['restore', '--', name],
      ] as const) {
        const [command = '', ...rest] = words;
        const { status, stderr } = call(siteWords(site, command, ...rest));
        assert.ok(
          status === 125 || status === 2 || (command === 'restore' && status === 1),
          stderr,
        );
        assert.match(stderr, /is no name for a virtual machine|usage|unknown|wants|needs/i);
      }
      assert.deepEqual(readdirSync(`${site.state}/claims`).sort(), ['lock', 'web.json']);
      assert.deepEqual(ownerOf(disk), target);
    },
  );
}

test('a full state directory refuses before any owner changes', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  mkdirSync(site.state);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k,nr_inodes=8', 'tmpfs', site.state]);
  mkdirSync(`${site.state}/claims`, { mode: 0o700 });
  try {
    for (let file = 0; file < 8; file++) writeFileSync(`${site.state}/${file}`, Buffer.alloc(4096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  }
  const before = statSync(disk).ctimeMs;
  const { status, stderr } = call(siteWords(site, 'run', '--', ...paused, '-hda', disk));
  assert.deepEqual([status, /error: cannot (write to|use)/.test(stderr)], [125, true], stderr);
  assert.equal(statSync(disk).ctimeMs, before);
});

test('looking makes nothing: list and restore without a ledger', rootOnly, (context) => {
  const site = makeSite(context);
  const list = call(siteWords(site, 'list'));
  assert.deepEqual([list.status, list.stdout], [0, 'no VM is running and nothing is claimed\n']);
  assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
  assert.deepEqual(JSON.parse(call(siteWords(site, 'list', '--json')).stdout), {
    version: 1,
    vms: [],
    damaged: [],
  });
  assert.throws(() => readdirSync(site.state), { code: 'ENOENT' });
});

test(
  'a record is on the disk before its owners change, and gone after they are back',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const log = `${site.path}/calls`;
    const calls = 'fsync,rename,fchownat,unlink';
    const wrapper = ['strace', '-f', '-qq', '-y', '-o', log, '-e', `trace=${calls}`];
    const trace = (words: readonly string[]) => {
      assert.equal(call(words, { wrapper }).status, 0);
      const lines = readFileSync(log, 'utf8').split('\n');
      return lines.flatMap((line) => /^\d+ +(\w+)\(/.exec(line)?.[1] ?? []);
    };
    const exec = siteWords(site, 'exec', '--name', 'x', '--', '/bin/true', '-hda', disk);
    assert.deepEqual(trace(exec), ['fsync', 'rename', 'fsync', 'fchownat']);
    assert.deepEqual(trace(siteWords(site, 'restore', 'x')), ['fchownat', 'unlink', 'fsync']);
  },
);
