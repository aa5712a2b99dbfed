import assert from 'node:assert/strict';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  call,
  emulator,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  paused,
  siteWords,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

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
