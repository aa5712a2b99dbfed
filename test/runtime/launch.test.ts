import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseProcStatus } from '../../src/formats/proc-status.ts';
import {
  call,
  emulator,
  launcherPath,
  listReports,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  pausedWith,
  plannedLandlock,
  siteWords,
  start,
  target,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

const none = '0000000000000000';

test(
  'a real QEMU runs as the target without any privilege, and its disk is given and given back',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const started = await start(context, site, 'web', pausedWith(disk));
    const threads = readdirSync(`/proc/${started.pid}/task`);
    assert.ok(threads.length > 1, 'QEMU has threads by now');
    for (const thread of threads) {
      const status = parseProcStatus(
        readFileSync(`/proc/${started.pid}/task/${thread}/status`, 'utf8'),
      );
      assert.deepEqual(status.uid, Array(4).fill(target.uid));
      assert.deepEqual(status.gid, Array(4).fill(target.gid));
      assert.deepEqual(status.groups, [target.gid]);
      const { capInh, capPrm, capEff, capBnd, capAmb, noNewPrivs } = status;
      assert.deepEqual(
        [capInh, capPrm, capEff, capBnd, capAmb, noNewPrivs],
        [none, none, none, none, none, true],
      );
    }
    assert.equal(readFileSync(`/proc/${started.pid}/comm`, 'utf8').trim(), 'qemu-system-x86');
    assert.deepEqual(ownerOf(disk), target);
    assert.equal(statSync(disk).mode & 0o7777, 0o600);
    assert.deepEqual(started.report.claims, [{ path: disk, from: owner, to: target }]);
    started.launcher.kill('SIGTERM');
    // QEMU ends by itself on SIGTERM: the status is its own.
    assert.equal(await started.ended, 0);
    assert.deepEqual(ownerOf(disk), owner);
    assert.deepEqual(listReports(site), []);
    assert.equal(existsSync(`${site.run}/web`), false);
  },
);

test('a QEMU that is killed gives its status and its disk back', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const started = await start(context, site, 'web', pausedWith(disk));
  process.kill(started.pid, 'SIGKILL');
  assert.equal(await started.ended, 137);
  assert.deepEqual(ownerOf(disk), owner);
});

test(
  'when the waiting parent is killed QEMU goes with it, and the next word gives the disk back',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const started = await start(context, site, 'web', pausedWith(disk));
    started.launcher.kill('SIGKILL');
    await started.ended;
    while (
      existsSync(`/proc/${started.pid}/exe`) &&
      !/^State:\s+Z/m.test(readFileSync(`/proc/${started.pid}/status`, 'utf8'))
    )
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(ownerOf(disk), target);
    assert.match(
      call(siteWords(site, 'list')).stdout,
      /web +gone \(pid was \d+\): run `qemu-launch restore --all`/,
    );
    assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
    assert.deepEqual(ownerOf(disk), owner);
  },
);

test('a QEMU that fails to start gives its own status and the disk back', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const words = [...paused, '-drive', `file=${disk},format=raw`, '-machine', 'nosuchmachine'];
  const { status, stderr } = call(siteWords(site, 'run', '--', ...words));
  assert.equal(status, 1);
  assert.match(stderr, /unsupported machine type/);
  assert.deepEqual(ownerOf(disk), owner);
  assert.deepEqual(readdirSync(`${site.state}/claims`), ['lock']);
});

test('the waiting parent is small', rootOnly, async (context) => {
  const site = makeSite(context);
  const started = await start(context, site, 'web', paused);
  const pss = /^Pss:\s+(\d+) kB$/m.exec(
    readFileSync(`/proc/${started.launcher.pid}/smaps_rollup`, 'utf8'),
  );
  assert.ok(Number(pss?.[1]) <= 1024, `PSS is ${pss?.[1]} kB`);
});

test('exec becomes QEMU in the same process', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const script = `${site.path}/emulator`;
  writeFileSync(script, '#!/bin/sh\necho $$; cat /proc/self/status; stat -c %u "$1"\n', {
    mode: 0o755,
  });
  const { status, stdout } = call(
    siteWords(site, 'exec', '--name', 'x', '--', script, '-hda', disk),
    {
      wrapper: ['/bin/sh', '-c', 'echo $$; exec "$@"', 'sh'],
    },
  );
  const [shell, program, ...lines] = stdout.split('\n');
  assert.deepEqual(
    [status, shell === program],
    [1, true],
    'stat gets no file: exit 1, and the pid is the same',
  );
  const seen = parseProcStatus(lines.join('\n'));
  assert.deepEqual([seen.uid[0], seen.capBnd, seen.noNewPrivs], [target.uid, none, true]);
  assert.deepEqual(ownerOf(disk), target, 'nothing stays to give back: that is restore’s');
  assert.equal(call(siteWords(site, 'restore', 'x')).status, 0);
  assert.deepEqual(ownerOf(disk), owner);
});

test('the exit status is the emulator’s', rootOnly, (context) => {
  const site = makeSite(context);
  for (const status of [0, 3, 77]) {
    const script = `${site.path}/exit-${status}`;
    writeFileSync(script, `#!/bin/sh\nexit ${status}\n`, { mode: 0o755 });
    assert.equal(call(siteWords(site, 'run', '--', script)).status, status);
  }
});

test('the report says what was verified', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const report = `${site.path}/report.json`;
  call(
    siteWords(
      site,
      'run',
      '--name',
      'web',
      '--report',
      report,
      '--',
      ...paused,
      '-hda',
      disk,
      '-machine',
      'nosuchmachine',
    ),
  );
  const { name, verified, status, claims, landlock } = JSON.parse(readFileSync(report, 'utf8'));
  assert.deepEqual([name, verified, status.CapBnd, status.NoNewPrivs], ['web', true, none, '1']);
  assert.deepEqual(claims, [{ path: disk, from: owner, to: target }]);
  assert.deepEqual(landlock, plannedLandlock(site));
});

test('the launcher is one file and the real emulator is where the tests look', () => {
  assert.equal(existsSync(launcherPath), true);
  assert.equal(existsSync(emulator), true);
});
