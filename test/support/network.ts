import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRoot } from './scratch.ts';
import { needs, runTool } from './tool.ts';

/** For a test's options: skipped, with the reason, where no network can be made for it. */
export const needsNetwork = {
  skip: isRoot ? findLack() : 'needs root: it makes network interfaces',
};

function findLack(): false | string {
  if (!existsSync('/dev/net/tun')) return 'needs /dev/net/tun';
  if (runTool('unshare', ['--net', 'true']).status !== 0) return 'needs a network namespace';
  return needs('ip').skip || needs('ping').skip;
}

/** Words that become another program in a network of its own, which the commands of a shell have set up. */
export function inNetwork(commands = 'true'): readonly string[] {
  return ['unshare', '--net', '/bin/sh', '-e', '-c', `${commands}\nexec "$@"`, 'sh'];
}

/** What iproute2 says of an interface. */
export interface Link {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly address: string;
  readonly master?: string;
  readonly linkinfo?: {
    readonly info_kind: string;
    readonly info_data: Readonly<Record<string, unknown>>;
  };
}

/** Runs a program in the network of a process. */
export function runIn(pid: number, ...words: readonly string[]): string {
  const { status, stdout, stderr } = runTool('nsenter', [`--net=/proc/${pid}/ns/net`, ...words]);
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout;
}

/** The interfaces in the network of a process, but for lo. */
export function linksOf(pid: number): readonly Link[] {
  const links = JSON.parse(runIn(pid, 'ip', '-details', '-json', 'link')) as readonly Link[];
  return links.filter(({ ifname }) => ifname !== 'lo');
}

/** A network that lasts as long as the test: the pid of a process in it. */
export async function makeNetwork(context: TestContext): Promise<number> {
  const holder = spawn('unshare', ['--net', 'sleep', '300']);
  context.after(() => holder.kill());
  await once(holder, 'spawn');
  const network = (pid: number | string) => readlinkSync(`/proc/${pid}/ns/net`);
  const pid = holder.pid ?? 0;
  while (network(pid) === network('self')) await sleep(5);
  return pid;
}

/** What ping(8) says of two packets that a process's network sends to an address. */
export function ping(pid: number, address: string): string {
  return runIn(pid, 'ping', '-c', '2', '-i', '0.2', '-W', '10', address);
}
