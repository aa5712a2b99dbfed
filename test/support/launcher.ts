import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeScratch, projectRoot } from './scratch.ts';

export const launcherPath = join(projectRoot, 'dist/qemu-launch.cjs');
export const emulator = '/usr/bin/qemu-system-x86_64';
/** Who QEMU runs as in the tests: numbers that no account of the machine bears. */
export const target = { uid: 34567, gid: 45678 };
/** Who the disks belong to. */
export const owner = { uid: 12345, gid: 23456 };
const patience = 30_000;

/** A host in small: directories of the launcher's own, a qemu.conf, and a place for disks. */
export interface Site {
  readonly path: string;
  readonly conf: string;
  readonly state: string;
  readonly run: string;
}

export function makeSite(context: TestContext, conf = defaultConf): Site {
  const path = makeScratch(context);
  // The target must get through to the disks; mkdtemp made the directory for its maker alone.
  chmodSync(path, 0o711);
  const site = { path, conf: `${path}/qemu.conf`, state: `${path}/state`, run: `${path}/run` };
  writeFileSync(site.conf, conf);
  return site;
}

const defaultConf = `user = "+${target.uid}"\ngroup = "+${target.gid}"\n`;

/** A raw disk of somebody else's, 64 KiB, 0600. */
export function makeDisk(site: Site, name = 'disk.raw', from = owner): string {
  const path = `${site.path}/${name}`;
  writeFileSync(path, Buffer.alloc(65536));
  chmodSync(path, 0o600);
  chownSync(path, from.uid, from.gid);
  return path;
}

export function makeDirectory(path: string, mode: number, from = { uid: 0, gid: 0 }): string {
  mkdirSync(path);
  chmodSync(path, mode);
  chownSync(path, from.uid, from.gid);
  return path;
}

/** The launcher's words for a command on this site. */
export function siteWords(site: Site, command: string, ...options: readonly string[]): string[] {
  const directories = ['--state-dir', site.state, '--run-dir', site.run];
  const conf = ['run', 'exec', 'plan', 'prepare'].includes(command) ? ['--conf', site.conf] : [];
  return [command, ...conf, ...directories, ...options];
}

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  /** Words to start the launcher with another program, such as setpriv. */
  readonly wrapper?: readonly string[];
}

/** Runs the launcher to its end. */
export function call(words: readonly string[], options: CallOptions = {}): Finished {
  const [program, ...all] = [...(options.wrapper ?? []), process.execPath, launcherPath, ...words];
  const { status, stdout, stderr } = spawnSync(program ?? '', all, {
    encoding: 'utf8',
    env: options.env ?? process.env,
    cwd: options.cwd ?? '/',
    input: options.input ?? '',
    timeout: patience,
  });
  return { status, stdout, stderr };
}

/** A guest that stands still until it is ended: the real QEMU, without firmware run or display. */
export const paused = [emulator, '-S', '-display', 'none', '-nodefaults', '-m', '64'] as const;

/** The same with a raw disk of its own. */
export function pausedWith(disk: string): readonly string[] {
  return [...paused, '-drive', `file=${disk},format=raw`];
}

export interface Started {
  readonly launcher: ChildProcess;
  readonly pid: number;
  readonly report: Report;
  /** The exit status of the whole, once it has ended. */
  readonly ended: Promise<number>;
  readonly stderr: () => string;
}

export interface Report {
  readonly name: string;
  readonly pid: number;
  readonly verified: boolean;
  readonly running: boolean;
  readonly status: Readonly<Record<string, string>>;
  readonly claims: readonly { path: string; from: object; to: object }[];
  readonly timings: Readonly<Record<string, number>>;
}

/**
 * Starts `run` and returns once the launcher has verified QEMU; the guest is ended with the test. A `wrapper` must
 * become the launcher by exec.
 */
export async function start(
  context: TestContext,
  site: Site,
  name: string,
  words: readonly string[],
  options: readonly string[] = [],
  wrapper: readonly string[] = [],
): Promise<Started> {
  const own = siteWords(site, 'run', '--name', name, ...options, '--', ...words);
  const [program = '', ...all] = [...wrapper, process.execPath, launcherPath, ...own];
  const launcher = spawn(program, all, {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  context.after(() => launcher.kill('SIGKILL'));
  let stderr = '';
  launcher.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(launcher, 'close').then(([code]) => Number(code));
  const report = await awaitVerified(site, name, launcher, () => stderr);
  await awaitReady(report.pid);
  return { launcher, pid: report.pid, report, ended, stderr: () => stderr };
}

async function awaitVerified(
  site: Site,
  name: string,
  launcher: ChildProcess,
  stderr: () => string,
): Promise<Report> {
  for (const from = Date.now(); Date.now() - from < patience; await sleep(10)) {
    const report = listReports(site).find((each) => each.name === name);
    if (report?.verified === true) return report;
    if (launcher.exitCode !== null) break;
  }
  throw new Error(`QEMU was not started: ${stderr()}`);
}

/** Waits until QEMU has its own handler for SIGTERM, and so ends well on it. */
export async function awaitReady(pid: number): Promise<void> {
  const term = 1n << 14n;
  for (const from = Date.now(); Date.now() - from < patience; await sleep(10)) {
    const caught = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    if ((BigInt(`0x${caught?.[1] ?? 0}`) & term) !== 0n) return;
  }
  throw new Error(`process ${pid} never became ready`);
}

/** Waits until a process that was killed, or whose parent was, has ended; whoever must reap it may be slow. */
export async function awaitEnd(pid: number): Promise<void> {
  for (const from = Date.now(); Date.now() - from < patience; await sleep(5)) {
    if (!isRunning(pid)) return;
  }
  throw new Error(`process ${pid} never ended`);
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Leaves a claim behind as a crash does: `exec` has nobody who gives back, and `true` ends at once. */
export function abandon(site: Site, name: string, disk: string): void {
  const words = ['--name', name, '--', '/bin/true', '-hda', disk];
  const { status, stderr } = call(siteWords(site, 'exec', ...words));
  assert.equal(status, 0, stderr);
  assert.deepEqual(ownerOf(disk), target);
}

/** What `list --json` says on this site. */
export function listReports(site: Site): readonly Report[] {
  const { stdout } = call(siteWords(site, 'list', '--json'));
  return stdout === '' ? [] : JSON.parse(stdout).vms;
}

/** Who a path belongs to now. */
export function ownerOf(path: string): { readonly uid: number; readonly gid: number } {
  const { uid, gid } = statSync(path);
  return { uid, gid };
}

/** How far Landlock will hold QEMU on this machine, by the plan. */
export function plannedLandlock(site: Site): { readonly level: string; readonly abi: number } {
  const { stdout } = call(siteWords(site, 'plan', '--json', '--', ...paused));
  const { level, abi } = JSON.parse(stdout).confinement.landlock;
  return { level, abi };
}
