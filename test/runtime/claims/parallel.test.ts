import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listRecords } from '../../support/claims.ts';
import {
  awaitReady,
  emulator,
  launcherPath,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  type Site,
  siteWords,
  target,
} from '../../support/launcher.ts';
import { rootOnly, rounds } from '../../support/scratch.ts';

/** QEMU without a machine, which is quick to start and stays. */
const bare = [emulator, '-machine', 'none', '-display', 'none', '-nodefaults', '-S'];

interface Guest {
  readonly child: ChildProcess;
  readonly report: string;
  /** What it said, once it has ended. */
  readonly ended: Promise<string>;
}

/** Starts a launcher and does not wait for anything: to ask it would cost more than to start it. */
function begin(context: TestContext, site: Site, name: string, disk: string): Guest {
  const report = `${site.path}/${name}.json`;
  const drive = ['-drive', `file=${disk},format=raw,if=none`];
  const words = siteWords(site, 'run', '--name', name, '--report', report, '--', ...bare, ...drive);
  const child = spawn(process.execPath, [launcherPath, ...words], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  context.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  return { child, report, ended: once(child, 'close').then(() => said) };
}

/** Whether it runs, verified; false when it has ended without. */
async function isStarted({ child, report }: Guest): Promise<boolean> {
  while (!existsSync(report) && child.exitCode === null) await sleep(5);
  return existsSync(report);
}

async function end({ child, report, ended }: Guest): Promise<void> {
  const { pid } = JSON.parse(readFileSync(report, 'utf8'));
  await awaitReady(pid);
  child.kill('SIGTERM');
  await ended;
}

test('many VMs start, eight at a time, while the others run', rootOnly, async (context) => {
  const site = makeSite(context);
  const names = Array.from({ length: rounds(16, 64) }, (_, index) => `vm${index}`);
  const disks = names.map((name) => makeDisk(site, name));
  const ownersNow = () => disks.map(ownerOf);
  const guests: Guest[] = [];
  const work = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const guest = begin(context, site, name, `${site.path}/${name}`);
      guests.push(guest);
      assert.equal(await isStarted(guest), true);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  assert.deepEqual(ownersNow(), Array(disks.length).fill(target));
  assert.equal(listRecords(site).length, disks.length);
  await Promise.all(guests.map(end));
  assert.deepEqual(ownersNow(), Array(disks.length).fill(owner));
  assert.deepEqual(listRecords(site), []);
});

test('of eight VMs that want one disk at the same time one gets it', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const guests = Array.from({ length: 8 }, (_, index) => begin(context, site, `vm${index}`, disk));
  const started = await Promise.all(guests.map(isStarted));
  const [winner, ...none] = guests.filter((_, index) => started[index]);
  assert.deepEqual([none, ownerOf(disk)], [[], target]);
  for (const guest of guests.filter((_, index) => !started[index]))
    assert.match(await guest.ended, /disk\.raw is in use by the VM vm\d \(pid \d+\)/);
  assert.ok(winner);
  await end(winner);
  assert.deepEqual([ownerOf(disk), listRecords(site)], [owner, []]);
});
