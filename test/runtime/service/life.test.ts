import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { test } from 'node:test';
import {
  type Finished,
  listReports,
  makeSite,
  owner,
  ownerOf,
  paused,
  type Site,
  target,
} from '../../support/launcher.ts';
import { executorPath } from '../../support/native.ts';
import { rootOnly } from '../../support/scratch.ts';
import {
  awaitGuest,
  awaitQemu,
  callNamed,
  guestWords,
  makeGuest,
  plannedWords,
  prepare,
  startPrepared,
  unitView,
} from '../../support/service.ts';
import { askSocket } from '../../support/sockets.ts';

function adopt(site: Site, name: string, pid: number): Finished {
  return callNamed(site, 'adopt', name, '--pid', String(pid));
}

/** How the program is started, and where its own directory then is. */
const views = {
  'as root': { wrap: () => [], own: 'web' },
  'as its unit shows it': { wrap: unitView, own: '.services/web' },
} as const;

for (const [how, { wrap, own }] of Object.entries(views)) {
  test(
    `a guest that is prepared, started ${how}, adopted, powered down and given back`,
    rootOnly,
    async (context) => {
      const site = makeSite(context);
      const disk = makeGuest(site);
      const report = `${site.path}/report`;
      assert.equal(
        prepare(site, 'web', guestWords(site, 'web', disk), ['--report', report]).status,
        0,
      );
      const words = [...wrap(site, 'web'), executorPath, `${site.run}/web.plan`];
      const qemu = startPrepared(context, site, 'web', words);
      const adopted = adopt(site, 'web', qemu.pid);
      assert.deepEqual([adopted.status, adopted.stdout, adopted.stderr], [0, '', '']);
      const [record] = listReports(site);
      assert.deepEqual([record?.pid, record?.verified, record?.running], [qemu.pid, true, true]);
      assert.equal(record?.status['CapBnd'], '0000000000000000');
      assert.equal(JSON.parse(readFileSync(report, 'utf8')).pid, qemu.pid);
      assert.match(callNamed(site, 'restore', 'web').stderr, /is running/);
      // Who may connect to it may do anything with the guest, and other guests are the same user's.
      assert.match(await askSocket(`${site.run}/${own}/qmp`, '', target.uid), /Permission denied/);
      assert.deepEqual(ownerOf(disk), target);
      await awaitGuest(site, 'web', `${site.run}/${own}/console`);
      const stopped = callNamed(site, 'stop', 'web', '--timeout', '20');
      assert.deepEqual([stopped.status, stopped.stderr], [0, '']);
      assert.deepEqual(await qemu.ended, { code: 0, signal: null });
      assert.equal(callNamed(site, 'restore', 'web').status, 0);
      assert.deepEqual(ownerOf(disk), owner);
      assert.deepEqual(listReports(site), []);
    },
  );
}

test(
  'a guest that does not power down is ended when the time is over',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    prepare(site, 'web', paused);
    const qemu = startPrepared(context, site, 'web');
    assert.equal(adopt(site, 'web', qemu.pid).status, 0);
    const { status, stderr } = callNamed(site, 'stop', 'web', '--timeout', '0');
    assert.equal(status, 0);
    assert.match(stderr, /warning: the guest of web did not power down: its QEMU is ended/);
    assert.deepEqual(await qemu.ended, { code: 0, signal: null });
  },
);

test('a QEMU that hangs is killed', rootOnly, async (context) => {
  const site = makeSite(context);
  prepare(site, 'web', paused);
  const qemu = startPrepared(context, site, 'web');
  assert.equal(adopt(site, 'web', qemu.pid).status, 0);
  qemu.process.kill('SIGSTOP');
  const { status, stderr } = callNamed(site, 'stop', 'web', '--timeout', '0');
  assert.equal(status, 0);
  assert.match(stderr, /cannot be asked to power down: it does not answer/);
  assert.deepEqual(await qemu.ended, { code: null, signal: 'SIGKILL' });
});

test('what does not run is stopped already', rootOnly, (context) => {
  const site = makeSite(context);
  assert.deepEqual(callNamed(site, 'stop', 'web'), { status: 0, stdout: '', stderr: '' });
  prepare(site, 'web', paused);
  assert.deepEqual(callNamed(site, 'stop', 'web'), { status: 0, stdout: '', stderr: '' });
});

test(
  'a QEMU with more than was planned is killed and never on record',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeGuest(site);
    prepare(site, 'web', guestWords(site, 'web', disk));
    // Somebody's own unit, that starts the emulator itself: as the right user, with the full bounding set.
    const ids = [`--reuid=${target.uid}`, `--regid=${target.gid}`, '--clear-groups'];
    const qemu = startPrepared(context, site, 'web', [
      'setpriv',
      ...ids,
      '--',
      ...plannedWords(site, 'web'),
    ]);
    await awaitQemu(qemu.pid);
    const { status, stderr } = adopt(site, 'web', qemu.pid);
    assert.equal(status, 1);
    assert.match(stderr, /error: process \d+ is not what was planned: thread \d+: Groups is/);
    assert.match(stderr, /CapBnd is/);
    assert.match(
      stderr,
      /hint: it must not go on; its files go back with: qemu-launch restore web/,
    );
    assert.deepEqual(await qemu.ended, { code: null, signal: 'SIGKILL' });
    assert.equal(listReports(site)[0]?.pid, null);
    assert.equal(callNamed(site, 'restore', 'web').status, 0);
    assert.deepEqual(ownerOf(disk), owner);
  },
);

test('a process that is something else is left alone', rootOnly, async (context) => {
  const site = makeSite(context);
  prepare(site, 'web', paused);
  const other = spawn('sleep', ['60']);
  context.after(() => other.kill());
  const { status, stderr } = adopt(site, 'web', other.pid ?? 0);
  assert.equal(status, 1);
  assert.match(stderr, /error: process \d+ is not the QEMU of web: left alone/);
  assert.equal(other.exitCode ?? other.signalCode, null);
  assert.equal(listReports(site)[0]?.pid, null);
});

test('the QEMU of another VM is left alone', rootOnly, async (context) => {
  const site = makeSite(context);
  for (const name of ['web', 'db']) prepare(site, name, paused);
  const qemu = startPrepared(context, site, 'web');
  assert.equal(adopt(site, 'web', qemu.pid).status, 0);
  const { status, stderr } = adopt(site, 'db', qemu.pid);
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`error: process ${qemu.pid} is the QEMU of web`));
  assert.equal(qemu.process.exitCode ?? qemu.process.signalCode, null);
});

test('a process that is gone, a name that is not prepared', rootOnly, async (context) => {
  const site = makeSite(context);
  prepare(site, 'web', paused);
  const gone = spawn('true');
  await once(gone, 'exit');
  const { status, stderr } = adopt(site, 'web', gone.pid ?? 0);
  assert.equal(status, 1);
  assert.match(stderr, /error: the QEMU of web has ended: no process/);
  const unknown = adopt(site, 'db', process.pid);
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /error: cannot read .*run\/db\.json: ENOENT/);
});

test(
  'a disk that was exchanged after prepare is refused by the executor',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeGuest(site);
    prepare(site, 'web', guestWords(site, 'web', disk));
    renameSync(makeGuest(site, 'other.raw'), disk);
    const qemu = startPrepared(context, site, 'web');
    assert.deepEqual(await qemu.ended, { code: 125, signal: null });
    callNamed(site, 'restore', 'web');
    assert.ok(existsSync(disk));
  },
);
