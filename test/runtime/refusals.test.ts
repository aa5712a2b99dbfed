import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Site } from '../support/launcher.ts';
import {
  call,
  emulator,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  paused,
  siteWords,
  target,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

interface Refusal {
  readonly what: string;
  /** The words after the options, made on a site whose disk is `disk`. */
  readonly words: (site: Site, disk: string) => readonly string[];
  readonly options?: readonly string[];
  readonly conf?: string;
  readonly status: number;
  readonly message: RegExp;
  readonly hint?: RegExp;
}

const drive = (path: string) => [...paused, '-drive', `file=${path},format=raw`];
const confOf = (user: string) => `# first line\nuser = ${user}\ngroup = "+${target.gid}"\n`;

const refusals: readonly Refusal[] = [
  {
    what: 'qemu.conf with a syntax error',
    conf: 'user = "a"\nuser = root\n',
    words: () => paused,
    status: 125,
    message: /configuration file syntax error: .*qemu\.conf:2: /,
  },
  {
    what: 'user = 107 without quotes',
    conf: confOf('107'),
    words: () => paused,
    status: 125,
    message: /qemu\.conf:2: expected a string for 'user' parameter/,
    hint: /user = "107"/,
  },
  {
    what: 'an unknown user',
    conf: confOf('"nosuchuser"'),
    words: () => paused,
    status: 125,
    message: /qemu\.conf:2: there is no user "nosuchuser"/,
    hint: /provision apply/,
  },
  {
    what: 'user = "+-1"',
    conf: confOf('"+-1"'),
    words: () => paused,
    status: 125,
    message: /qemu\.conf:2: "\+-1" is no user/,
  },
  {
    what: 'user = "4294967295"',
    conf: confOf('"4294967295"'),
    words: () => paused,
    status: 125,
    message: /"4294967295" is no user: .*do not change/,
  },
  {
    what: 'user = " 107"',
    conf: confOf('" 107"'),
    words: () => paused,
    status: 125,
    message: /" 107" is no user/,
  },
  {
    what: 'a missing emulator',
    words: () => ['qemu-system-nonexistent'],
    status: 127,
    message: /there is no emulator qemu-system-nonexistent/,
  },
  {
    what: 'a missing emulator with its path',
    words: () => ['/nonexistent/qemu'],
    status: 127,
    message: /there is no emulator \/nonexistent\/qemu/,
  },
  {
    what: 'an emulator that is not executable',
    words: () => ['/etc/passwd'],
    status: 126,
    message: /cannot execute \/etc\/passwd/,
  },
  {
    what: 'an emulator that is a directory',
    words: () => ['/etc'],
    status: 126,
    message: /cannot execute \/etc: it is no regular file/,
  },
  {
    what: 'a missing disk',
    words: (site) => drive(`${site.path}/missing.raw`),
    status: 125,
    message: /missing\.raw/,
  },
  {
    what: 'a directory as disk',
    words: (site) => drive(makeDirectory(`${site.path}/d`, 0o755)),
    status: 125,
    message: /is a directory, not a disk/,
  },
  {
    what: 'a pipe as disk',
    words: (site) => drive(makeFifo(site)),
    status: 125,
    message: /is a pipe, not a disk/,
  },
  {
    what: '/dev/null as disk',
    words: () => drive('/dev/null'),
    status: 125,
    message: /\/dev\/null is a special file, not a disk/,
  },
  {
    what: 'a link in a directory that the target user can write',
    words: (site, disk) => drive(makeLink(site, disk)),
    status: 125,
    message: /link is a link in a directory that others can write/,
  },
  {
    what: 'a link in a directory that everybody can write',
    words: (site, disk) => drive(makeLink(site, disk, 0o1777, { uid: 0, gid: 0 })),
    status: 125,
    message: /link is a link in a directory that others can write/,
  },
  {
    what: '-drive without file=',
    words: () => [...paused, '-drive', 'format=raw,if=virtio'],
    status: 125,
    message: /-drive/,
  },
  {
    what: 'malformed -blockdev JSON',
    words: () => [...paused, '-blockdev', '{"driver":"file",'],
    status: 125,
    message: /-blockdev/,
  },
  { what: '-runas', words: () => [...paused, '-runas', 'nobody'], status: 125, message: /-runas/ },
  {
    what: '-run-with user=',
    words: () => [...paused, '-run-with', 'user=nobody'],
    status: 125,
    message: /-run-with/,
  },
  {
    what: '-daemonize',
    words: () => [...paused, '-daemonize'],
    status: 125,
    message: /-daemonize/,
  },
  {
    what: '--daemonize with two dashes',
    words: () => [...paused, '--daemonize'],
    status: 125,
    message: /-daemonize/,
  },
  { what: '-chroot', words: () => [...paused, '-chroot', '/srv'], status: 125, message: /-chroot/ },
  {
    what: 'a path that is not understood',
    words: () => [...paused, '-dtb', '/boot/x.dtb'],
    status: 125,
    message: /-dtb/,
    hint: /--allow/,
  },
  {
    what: 'a name with a slash',
    options: ['--name', '../x'],
    words: () => paused,
    status: 125,
    message: /"..\/x" is no name for a virtual machine/,
  },
  {
    what: 'a disk that its new owner could not write',
    words: (site, disk) => drive(readOnly(site, disk)),
    status: 125,
    message: /disk\.raw/,
  },
  {
    what: 'a claim of a path that nothing names',
    options: ['--claim', '/srv/other.raw'],
    words: (_, disk) => drive(disk),
    status: 125,
    message: /--claim \/srv\/other\.raw: no argument of the emulator names this path/,
  },
  {
    what: 'an unknown option',
    options: ['--nosuch'],
    words: () => paused,
    status: 2,
    message: /unknown option '--nosuch'/,
  },
  {
    what: 'a variable that is none',
    options: ['--env', 'x'],
    words: () => paused,
    status: 2,
    message: /--env wants NAME=VALUE/,
  },
  {
    what: 'a set-id disk',
    words: (site, disk) => drive(setId(site, disk)),
    status: 125,
    message: /has a set-id bit/,
  },
];

function makeFifo(site: Site): string {
  execFileSync('mkfifo', [`${site.path}/fifo`]);
  return `${site.path}/fifo`;
}

function makeLink(
  site: Site,
  disk: string,
  mode = 0o755,
  from: { uid: number; gid: number } = target,
): string {
  const directory = makeDirectory(`${site.path}/open`, mode, from);
  symlinkSync(disk, `${directory}/link`);
  return `${directory}/link`;
}

function readOnly(_: Site, disk: string): string {
  chmodSync(disk, 0o400);
  return disk;
}

function setId(_: Site, disk: string): string {
  chmodSync(disk, 0o4600);
  return disk;
}

for (const { what, words, options, conf, status, message, hint } of refusals) {
  test(`refused, nothing changed: ${what}`, rootOnly, (context) => {
    const site = makeSite(context, conf);
    const disk = makeDisk(site);
    const all = words(site, disk);
    const before = statSync(disk).ctimeMs;
    const run = call(siteWords(site, 'run', ...(options ?? []), '--', ...all));
    assert.equal(run.status, status, run.stderr);
    assert.match(run.stderr, message);
    assert.match(run.stderr, /^qemu-launch: error: /m);
    assert.match(run.stderr, hint ?? /^qemu-launch: hint: \S/m);
    assert.equal(run.stdout, '');
    assert.equal(statSync(disk).ctimeMs, before);
    assert.deepEqual({ uid: statSync(disk).uid, gid: statSync(disk).gid }, owner);
    const claims = `${site.state}/claims`;
    assert.deepEqual(
      existsSync(claims) ? readdirSync(claims).filter((name) => name !== 'lock') : [],
      [],
    );
    const plan = call(siteWords(site, 'plan', ...(options ?? []), '--', ...all));
    assert.equal(plan.status, status === 2 ? 2 : 3, plan.stderr);
    assert.match(plan.stderr, message);
  });
}

test('no `--`, and no emulator after it, are usage errors', () => {
  for (const words of [
    ['run', 'qemu'],
    ['run'],
    ['run', '--'],
    ['run', '--', ''],
    [],
    ['nosuch'],
    ['restore'],
    ['restore', 'a', '--all'],
    ['list', 'x'],
  ]) {
    const { status, stderr, stdout } = call(words);
    assert.deepEqual([status, stdout], [2, ''], words.join(' '));
    assert.match(stderr, /^qemu-launch: error: .*\nqemu-launch: hint: /);
  }
  assert.match(call(['run', '--name', 'x']).stderr, /no `--` before the emulator/);
  assert.match(call(['run', '--']).stderr, /no emulator after `--`/);
});

test('--help and --version say what they should, wherever they stand before `--`', () => {
  for (const words of [['--help'], ['run', '--help'], ['help', '-h']]) {
    const { status, stdout } = call(words);
    assert.equal(status, 0);
    assert.match(stdout, /^Example:\n/);
  }
  assert.match(call(['--version']).stdout, /^qemu-launch \d+\.\d+\.\d+\n$/);
  assert.notEqual(call(['plan', '--', emulator, '--help']).stdout.startsWith('Example:'), true);
});

test('a failure with --json is one document', rootOnly, (context) => {
  const site = makeSite(context, 'user = "nosuchuser"\n');
  const { stdout, status } = call(siteWords(site, 'plan', '--json', '--', ...paused));
  assert.equal(status, 3);
  const { version, error } = JSON.parse(stdout);
  assert.deepEqual([version, error.code], [1, 'VP_IDENTITY_UNKNOWN']);
});

test('a variable that could have run somebody’s code ends the launcher at once', () => {
  for (const name of ['NODE_PATH', 'LD_LIBRARY_PATH', 'OPENSSL_CONF']) {
    const { status, stderr } = call(['run', '--', 'x'], {
      env: { PATH: '/usr/bin', [name]: '/nonexistent' },
    });
    assert.equal(status, 125);
    assert.match(stderr, new RegExp(`the environment sets ${name}`));
  }
});

test('a configuration that others can write is refused', rootOnly, (context) => {
  const site = makeSite(context);
  chmodSync(site.conf, 0o646);
  const { status, stderr } = call(siteWords(site, 'run', '--', ...paused));
  assert.equal(status, 125);
  assert.match(stderr, /qemu\.conf can be written by others than its owner/);
});

test('a ledger that is not the caller’s alone is refused', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  makeDirectory(site.state, 0o755);
  makeDirectory(`${site.state}/claims`, 0o777);
  const { status, stderr } = call(siteWords(site, 'run', '--', ...paused, '-hda', disk));
  assert.equal(status, 125);
  assert.match(stderr, /claims can be written by others than its owner/);
  assert.deepEqual(statSync(disk).uid, owner.uid);
});

test('a damaged record is left as it is and said, by list and by restore', rootOnly, (context) => {
  const site = makeSite(context);
  makeDirectory(site.state, 0o755);
  makeDirectory(`${site.state}/claims`, 0o700);
  writeFileSync(`${site.state}/claims/web.json`, '{"version":1');
  for (const words of [['list'], ['restore', '--all'], ['restore', 'web']]) {
    const { status, stderr } = call(siteWords(site, ...(words as [string])));
    assert.equal(status, 1, words.join(' '));
    assert.match(stderr, /web\.json cannot be used: it is no JSON/);
  }
  assert.equal(call(siteWords(site, 'run', '--name', 'web', '--', '/bin/true')).status, 125);
  assert.equal(existsSync(`${site.state}/claims/web.json`), true);
});
