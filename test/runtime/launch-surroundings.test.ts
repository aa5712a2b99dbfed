import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { call, launcherPath, makeSite, paused, siteWords } from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

test('the environment is an allow-list and --env', rootOnly, (context) => {
  const site = makeSite(context);
  const env = {
    ...process.env,
    SECRET: 'x',
    HOME: '/root',
    LANG: 'C.UTF-8',
    LC_ALL: 'C',
    TERM: 'dumb',
  };
  const { stdout } = call(siteWords(site, 'run', '--env', 'EXTRA=1', '--', '/usr/bin/env'), {
    env,
  });
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'EXTRA=1',
    'LANG=C.UTF-8',
    'LC_ALL=C',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/libexec',
    'TERM=dumb',
  ]);
});

test('root as user or group is said aloud, and holds no capability', rootOnly, (context) => {
  const site = makeSite(context);
  const root = call(siteWords(site, 'run', '--user', 'root', '--group', 'root', '--', '/bin/true'));
  assert.deepEqual([root.status, /warning: QEMU will run as root/.test(root.stderr)], [0, true]);
  const group = call(siteWords(site, 'run', '--group', '+0', '--', '/bin/true'));
  assert.deepEqual(
    [group.status, /warning: QEMU will run in the group root/.test(group.stderr)],
    [0, true],
  );
});

test('a launcher with few descriptors to spare still starts', rootOnly, (context) => {
  const site = makeSite(context);
  const wrapper = ['/bin/sh', '-c', 'ulimit -n 40; exec "$@"', 'sh'];
  const { status, stderr } = call(siteWords(site, 'run', '--', '/bin/true'), { wrapper });
  assert.deepEqual([status, stderr], [0, '']);
});

test('output that nobody reads is no crash', rootOnly, (context) => {
  const site = makeSite(context);
  const words = siteWords(site, 'plan', '--json', '--', ...paused)
    .map((word) => `'${word}'`)
    .join(' ');
  const script = `'${process.execPath}' '${launcherPath}' ${words}`;
  const closed = spawnSync('bash', ['-c', `set -o pipefail; ${script} | true`], {
    encoding: 'utf8',
    cwd: '/',
  });
  assert.deepEqual([closed.status, closed.stderr], [0, '']);
  const full = spawnSync('bash', ['-c', `${script} > /dev/full`], { encoding: 'utf8', cwd: '/' });
  assert.match(full.stderr, /^qemu-launch: error: cannot write to descriptor 1: ENOSPC/);
});

test(
  'priorities are for the journal, not for a terminal that inherited its variable',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const env = { ...process.env, JOURNAL_STREAM: '1:2' };
    assert.match(
      call(siteWords(site, 'run', '--', 'nosuch'), { env }).stderr,
      /^qemu-launch: error/,
    );
  },
);
