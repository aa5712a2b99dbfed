import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
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

/** What udev's rules make of it on every host with systemd; a machine without udevd has 0600. */
const openTun = 'mount -t tmpfs -o mode=755 net /dev/net; mknod -m 666 /dev/net/tun c 10 200';

export interface Network {
  /** A process in it, which lasts as long as the test. */
  readonly pid: number;
  /** Words that become another program in it, with a tap's node for everyone. */
  readonly wrapper: readonly string[];
}

/** A network that lasts as long as the test. */
export async function makeNetwork(context: TestContext): Promise<Network> {
  const holder = spawn('unshare', [
    ...['--net', '--mount', 'sh', '-ec'],
    `${openTun}; echo made; exec sleep 300`,
  ]);
  context.after(() => holder.kill());
  const pid = holder.pid ?? 0;
  await once(holder.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
  return { pid, wrapper: ['nsenter', `--net=/proc/${pid}/ns/net`, `--mount=/proc/${pid}/ns/mnt`] };
}

/** What ping(8) says of two packets that a process's network sends to an address. */
export function ping(pid: number, address: string): string {
  return runIn(pid, 'ping', '-c', '2', '-i', '0.2', '-W', '10', address);
}
