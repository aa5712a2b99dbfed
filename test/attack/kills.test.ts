import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findEmulators } from '../support/emulator-processes.ts';
import {
  awaitEnd,
  call,
  emulator,
  launcherPath,
  listReports,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  type Site,
  siteWords,
  target,
} from '../support/launcher.ts';
import { rootOnly, rounds } from '../support/scratch.ts';
import { runTool } from '../support/tool.ts';

const program = realpathSync(emulator);
const ids = (id: number) => [id, id, id, id].join('\t');
const noCapability = '0'.repeat(16);
/** What QEMU must have at any moment at which it can be seen at all. */
const planned = {
  Uid: ids(target.uid),
  Gid: ids(target.gid),
  CapInh: noCapability,
  CapPrm: noCapability,
  CapEff: noCapability,
  CapBnd: noCapability,
  CapAmb: noCapability,
  NoNewPrivs: '1',
};

function requirePlanned(disk: string, when: string): void {
  for (const { status } of findEmulators(program, disk)) {
    const found = Object.fromEntries(Object.keys(planned).map((name) => [name, status[name]]));
    assert.deepEqual(found, planned, when);
  }
}

/** Whatever was killed: QEMU goes too, `restore --all` is exact, and nothing is left. */
async function requireExact(site: Site, disk: string, when: string): Promise<void> {
  requirePlanned(disk, when);
  for (const { pid } of findEmulators(program, disk)) await awaitEnd(pid);
  const { status, stderr } = call(siteWords(site, 'restore', '--all'));
  assert.deepEqual([status, stderr], [0, ''], when);
  assert.deepEqual(ownerOf(disk), owner, when);
  assert.deepEqual(leftOf(site), [], when);
}

function leftOf(site: Site): readonly string[] {
  const directories = [`${site.state}/claims`, site.run].filter((path) => existsSync(path));
  return directories.flatMap((path) => readdirSync(path)).filter((name) => name !== 'lock');
}

const wordsOf = (site: Site, disk: string) =>
  siteWords(site, 'run', '--name', 'x', '--', ...paused, '-drive', `file=${disk},format=raw`);

function spawnRun(site: Site, disk: string): ChildProcess {
  const options = { cwd: '/', stdio: 'ignore', detached: true } as const;
  return spawn(process.execPath, [launcherPath, ...wordsOf(site, disk)], options);
}

/** What is done to a launch before it is killed, at a moment that `chance` (0 to 1) decides. */
const phases: Readonly<
  Record<string, (launcher: ChildProcess, site: Site, chance: number) => Promise<unknown>>
> = {
  start: (_launcher, _site, chance) => sleep(15 + chance * 70),
  run: async (_launcher, site, chance) => {
    await awaitVerified(site);
    await sleep(chance * 30);
  },
  stop: async (launcher, site, chance) => {
    await awaitVerified(site);
    launcher.kill('SIGTERM');
    await sleep(chance * 70);
  },
};

async function awaitVerified(site: Site): Promise<void> {
  for (let tries = 0; tries < 500 && listReports(site)[0]?.verified !== true; tries++)
    await sleep(5);
}

for (const [phase, prepare] of Object.entries(phases)) {
  test(
    `killed at random moments of ${phase}: restore --all is exact, no QEMU has other privileges`,
    rootOnly,
    async (context) => {
      const site = makeSite(context);
      const disk = makeDisk(site);
      for (let round = 0; round < rounds(5, 67); round++) {
        const launcher = spawnRun(site, disk);
        const ended = once(launcher, 'close');
        const chance = Math.random();
        const when = `${phase}, round ${round}, chance ${chance}`;
        await prepare(launcher, site, chance);
        requirePlanned(disk, when);
        // The launcher alone, or all that share its group: QEMU too.
        if (launcher.exitCode === null)
          process.kill((round % 2 === 0 ? 1 : -1) * Number(launcher.pid), 'SIGKILL');
        await ended;
        await requireExact(site, disk, when);
      }
    },
  );
}

const calls = ['fsync', 'rename', 'fchownat', 'unlink', 'mkdir', 'clone,clone3,vfork', 'execve'];
const traced = runTool('which', ['strace']).status === 0 ? rootOnly : { skip: 'needs strace' };

for (const name of calls) {
  test(`killed at each ${name} of a launch: restore --all is exact`, traced, async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const log = `${site.path}/strace`;
    let killed = 0;
    for (let nth = 1; nth <= rounds(3, 10); nth++) {
      const inject = `inject=${name}:signal=SIGKILL:when=${nth}`;
      const wrapper = ['strace', '-f', '-q', '-o', log, '-e', `trace=${name}`, '-e', inject];
      const words = siteWords(site, 'run', '--name', 'x', '--', '/bin/true', '-hda', disk);
      call(words, { wrapper });
      if (readFileSync(log, 'utf8').includes('killed by SIGKILL')) killed += 1;
      await requireExact(site, disk, `${name} ${nth}`);
    }
    assert.ok(killed > 0, 'none was killed');
  });
}
