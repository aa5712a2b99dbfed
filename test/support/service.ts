import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { guestDisk } from './guest-disk.ts';
import {
  call,
  emulator,
  type Finished,
  makeDisk,
  owner,
  type Site,
  siteWords,
} from './launcher.ts';
import { executorPath } from './native.ts';

/** QEMU's words for a guest that powers down when it is asked to. */
export function guestWords(site: Site, name: string, disk: string): readonly string[] {
  const words = `-display none -nodefaults -m 64 -machine pc -drive file=${disk},format=raw`;
  return [emulator, ...words.split(' '), '-serial', `file:${consoleOf(site, name)}`];
}

export function makeGuest(site: Site, name = 'guest.raw'): string {
  const disk = makeDisk(site, name);
  writeFileSync(disk, guestDisk());
  chmodSync(disk, 0o600);
  chownSync(disk, owner.uid, owner.gid);
  return disk;
}

export function prepare(
  site: Site,
  name: string,
  words: readonly string[],
  options: readonly string[] = [],
): Finished {
  return call(siteWords(site, 'prepare', '--name', name, ...options, '--', ...words));
}

/** The launcher's commands on a VM that is prepared or runs. */
export function callNamed(site: Site, command: string, name: string, ...more: string[]): Finished {
  return call(siteWords(site, command, name, ...more));
}

export interface ServiceProcess {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Words that show the program behind them a VM's own directory as its unit does. */
export function unitView({ run }: Site, name: string): readonly string[] {
  const script = 'mount --bind "$0/.services/$1" "$0/$1"; shift; exec "$@"';
  return ['unshare', '--mount', 'sh', '-ec', script, run, name];
}

/** What a service manager does between `prepare` and `adopt`; the process is ended with the test. */
export function startPrepared(
  context: TestContext,
  site: Site,
  name: string,
  words: readonly string[] = [executorPath, `${site.run}/${name}.plan`],
): ServiceProcess {
  return startService(context, words);
}

/** The same for whoever needs a wrapper or an environment. */
export function startService(
  context: TestContext,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ServiceProcess {
  const [program = '', ...rest] = words;
  const process = spawn(program, rest, { cwd: '/', stdio: 'ignore', env });
  context.after(() => process.kill('SIGKILL'));
  const ended = once(process, 'exit').then(([code, signal]) => ({ code, signal }));
  return { process, pid: process.pid ?? 0, ended };
}

/** What QEMU is to be started with, after `prepare`. */
export function plannedWords(site: Site, name: string): readonly string[] {
  const plan = JSON.parse(readFileSync(`${site.run}/${name}.json`, 'utf8'));
  return plan.argv;
}

/** Waits until a process that was to become QEMU is one. */
export async function awaitQemu(pid: number): Promise<void> {
  for (const from = Date.now(); Date.now() - from < 20_000; await sleep(5)) {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('qemu-system')) return;
  }
  throw new Error(`process ${pid} has not become QEMU`);
}

/** Waits until the guest of `guestWords` listens to its power button. */
export async function awaitGuest(
  site: Site,
  name: string,
  path = consoleOf(site, name),
): Promise<void> {
  for (const from = Date.now(); Date.now() - from < 30_000; await sleep(10)) {
    if (readFileSync(path, 'latin1').endsWith('!')) return;
  }
  throw new Error(`the guest of ${name} did not boot`);
}

function consoleOf(site: Site, name: string): string {
  return `${site.run}/${name}/console`;
}
