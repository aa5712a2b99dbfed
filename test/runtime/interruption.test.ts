import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listRecords, recordOf } from '../support/claims.ts';
import {
  call,
  launcherPath,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  type Site,
  siteWords,
} from '../support/launcher.ts';
import { rootOnly, rounds } from '../support/scratch.ts';

/** `run` with a paused QEMU, in a process group of its own as a shell makes one. */
function spawnRun(site: Site, disk: string): ChildProcess {
  const drive = ['-drive', `file=${disk},format=raw`];
  const words = siteWords(site, 'run', '--name', 'x', '--', ...paused, ...drive);
  const options = { cwd: '/', stdio: 'ignore', detached: true } as const;
  return spawn(process.execPath, [launcherPath, ...words], options);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(
    `${signal} at any moment of a start leaves no QEMU and no disk behind`,
    rootOnly,
    async (context) => {
      const site = makeSite(context);
      const disk = makeDisk(site);
      for (let round = 0; round < rounds(12, 150); round++) {
        const launcher = spawnRun(site, disk);
        const ended = once(launcher, 'close');
        // From before the claim to after the handover to the waiting parent.
        await sleep(20 + ((round * 7) % 50));
        const pid = recordOf(site, 'x')?.pid ?? null;
        launcher.kill(signal);
        await ended;
        assert.deepEqual(ownerOf(disk), owner, `round ${round}`);
        assert.deepEqual(listRecords(site), [], `round ${round}`);
        if (pid !== null) assert.equal(existsSync(`/proc/${pid}`), false, `round ${round}`);
      }
    },
  );
}

test(
  'what a killed launcher of the same pid has left does not bar the next one',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    call(siteWords(site, 'run', '--name', 'x', '--', '/bin/true'));
    for (let pid = 1; pid < 60_000; pid += 997)
      writeFileSync(`${site.state}/claims/.x.json.${pid}.new`, 'half');
    // In a pid namespace of its own the launcher is always pid 1.
    const wrapper = ['unshare', '--pid', '--fork', '--mount-proc'];
    const { status, stderr } = call(siteWords(site, 'run', '--name', 'x', '--', '/bin/true'), {
      wrapper,
    });
    assert.deepEqual([status, stderr], [0, '']);
  },
);

test('a second Ctrl-C does not end the giving back', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  for (let round = 0; round < rounds(6, 60); round++) {
    const launcher = spawnRun(site, disk);
    while (recordOf(site, 'x')?.verified !== true) await sleep(5);
    const ended = once(launcher, 'close');
    for (let times = 0; times < 8; times++) {
      interrupt(launcher.pid ?? 0);
      await sleep(5 + round);
    }
    await ended;
    assert.deepEqual(ownerOf(disk), owner, `round ${round}`);
  }
});

function interrupt(group: number): void {
  try {
    process.kill(-group, 'SIGINT');
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
  }
}
