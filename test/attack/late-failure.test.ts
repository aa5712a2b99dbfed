import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  awaitEnd,
  launcherPath,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  type Site,
  siteWords,
  start,
  target,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

/** The pid that a record of this name bears, once it is not the launcher's any more. */
async function awaitQemu(site: Site, name: string, launcher: number): Promise<number> {
  for (let tries = 0; tries < 5_000; tries++, await sleep(1)) {
    try {
      const { pid } = JSON.parse(readFileSync(`${site.state}/claims/${name}.json`, 'utf8'));
      if (pid !== launcher) return pid;
    } catch {
      // Not yet there.
    }
  }
  throw new Error('no QEMU came on record');
}

for (const name of ['second', 'first']) {
  test(
    `a launcher that sees late that its QEMU is dead takes nothing from the VM ${name} that came meanwhile`,
    rootOnly,
    async (context) => {
      const site = makeSite(context);
      const disk = makeDisk(site);
      const words = [...paused, '-drive', `file=${disk},format=raw`];
      const all = siteWords(site, 'run', '--name', 'first', '--', ...words);
      const launcher = spawn(process.execPath, [launcherPath, ...all], {
        cwd: '/',
        stdio: 'ignore',
      });
      context.after(() => launcher.kill('SIGKILL'));
      const ended = once(launcher, 'close');
      const qemu = await awaitQemu(site, 'first', Number(launcher.pid));
      launcher.kill('SIGSTOP');
      process.kill(qemu, 'SIGKILL');
      await awaitEnd(qemu);
      const other = await start(context, site, name, words);
      launcher.kill('SIGCONT');
      const [status] = await ended;
      // Mostly it had not verified its QEMU yet; else it waits for it, and gives back by name.
      assert.ok([125, 137].includes(status), `${status}`);
      assert.deepEqual(ownerOf(disk), target);
      other.launcher.kill('SIGTERM');
      assert.equal(await other.ended, 0);
      assert.deepEqual(ownerOf(disk), owner);
    },
  );
}
