import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildRoot, type Flavour } from './build-root.ts';
import { copyProgram } from './copy-program.ts';
import { needsReleases } from './release-root.ts';
import { isRoot, makeScratch } from './scratch.ts';
import { runTool, type ToolResult } from './tool.ts';

/** A system of a release that has booted in a container, and runs until the test ends. */
export interface BootedHost {
  /** Runs a shell script in it as root, with the errors of every command counted. */
  readonly run: (script: string) => ToolResult;
  /** The words that run a program in it, until it is booted again. */
  readonly wordsFor: (...words: readonly string[]) => readonly string[];
  /** Ends when it has booted again; the node in /dev is a new one. Options are systemctl's. */
  readonly reboot: (...options: readonly string[]) => Promise<void>;
}

/** For a test's options: skipped, with the reason, where no such system can be booted. */
export function needsBootedHost(flavour: Flavour): { readonly skip: false | string } {
  if (!isRoot) return { skip: 'needs root: it boots a container' };
  if (runTool('which', ['systemd-nspawn']).status !== 0) return { skip: 'needs systemd-nspawn' };
  const { status, stderr } = runTool('unshare', ['--mount', '--pid', '--fork', 'sh', '-ec', probe]);
  if (status === 0) return needsReleases(flavour);
  return { skip: `needs namespaces and a cgroup2 tree for a booted container: ${stderr.trim()}` };
}

/**
 * Boots a root of that release by systemd-nspawn. What it writes stays in memory, `/dev/kvm` is a node
 * of its own (0600 root:root at each boot), and `provision` and `qemu-launch` on its PATH are copies of the programs as built.
 * `prepare` is a shell script that runs in the root before it boots for the first time.
 */
export async function bootHost(
  context: TestContext,
  flavour: Flavour,
  prepare = '',
): Promise<BootedHost> {
  const { path: lower, reason } = buildRoot(flavour);
  if (lower === undefined) throw new Error(reason);
  const log = join(makeScratch(context), 'console');
  const container = start(lower, copyProgram(context), log, prepare);
  context.after(() => end(container));
  const state: State = { container, log, leader: null };
  await waitForBoot(state);
  return {
    run: (script) => runInside(state, ['sh', '-euc', script]),
    wordsFor: (...words) => enter(state, words),
    reboot: (...options) => reboot(state, options),
  };
}

/** What a script prints in it; throws with its errors when it fails. */
export function outputOf(host: BootedHost, script: string): string {
  const { status, stdout, stderr } = host.run(script);
  if (status !== 0) throw new Error(`${script}: ${status}: ${stderr}${stdout}`);
  return stdout;
}

interface State {
  readonly container: ChildProcess;
  readonly log: string;
  /** The system's first process, as the machine numbers it. */
  leader: number | null;
}

const probe = `
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mkdir "/sys/fs/cgroup/virt-privileges-probe-$$"
rmdir "/sys/fs/cgroup/virt-privileges-probe-$$"
`;

// Its own mounts, and a /run without the machine's: nspawn keeps locks and sockets there.
const outerScript = `
lower=$1 program=$2 prepare=$3 inner=$4 name=virt-privileges-$$
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir /run/upper /run/work /run/root "/sys/fs/cgroup/$name"
mount -t overlay -o "lowerdir=$lower,upperdir=/run/upper,workdir=/run/work" overlay /run/root
ln -s /opt/virt-privileges/dist/provision.mjs /run/root/usr/local/bin/provision
ln -s /opt/virt-privileges/dist/qemu-launch.cjs /run/root/usr/local/bin/qemu-launch
chroot /run/root sh -euc "$prepare"
unshare --mount --pid --fork --kill-child --mount-proc sh -euc "$inner" sh "$name" "$program" || true
find "/sys/fs/cgroup/$name" -depth -type d -delete
`;

const containerEnded = 'the container ended';

// The first of a process tree that ends with it, which is when nobody holds its input open any more.
const innerScript = `
name=$1 program=$2
echo $$ >"/sys/fs/cgroup/$name/cgroup.procs"
boot() {
  rm -f /run/kvm
  mknod -m 600 /run/kvm c 10 232
  systemd-nspawn --quiet --register=no --keep-unit --private-network --suppress-sync=yes \\
    --system-call-filter='landlock_create_ruleset landlock_add_rule landlock_restrict_self' \\
    --console=read-only --machine="$name" --bind=/run/kvm:/dev/kvm \\
    --bind-ro="$program:/opt/virt-privileges" --boot --directory=/run/root
}
boot_again() {
  # The status says that the system wants to be booted again.
  while status=0; boot || status=$?; [ "$status" = 133 ]; do :; done
  echo "${containerEnded} with $status"
}
boot_again </dev/null &
cat >/dev/null
`;

function start(lower: string, program: string, log: string, prepare: string): ChildProcess {
  const directory = join(program, '../..');
  const shell = ['sh', '-euc', outerScript, 'sh', lower, directory, prepare, innerScript];
  const output = openSync(log, 'w');
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  const container = spawn('unshare', ['--mount', ...shell], {
    stdio: ['pipe', output, output],
    env,
  });
  closeSync(output);
  return container;
}

async function end(container: ChildProcess): Promise<void> {
  container.stdin?.end();
  if (container.exitCode === null && container.signalCode === null) await once(container, 'exit');
  if (container.exitCode !== 0) throw new Error('the container left something behind');
}

async function reboot(state: State, options: readonly string[]): Promise<void> {
  runInside(state, ['systemctl', 'reboot', ...options]);
  await waitForBoot(state);
}

async function waitForBoot(state: State): Promise<void> {
  const before = state.leader;
  for (const limit = Date.now() + 120_000; Date.now() < limit; await sleep(50)) {
    if (isOver(state)) break;
    state.leader = findLeader(state.container.pid ?? 0);
    if (state.leader !== null && state.leader !== before && isRunning(state)) return;
  }
  throw new Error(`the container did not boot: ${readFileSync(state.log, 'utf8').slice(-4000)}`);
}

function isOver({ container, log }: State): boolean {
  return container.exitCode !== null || readFileSync(log, 'utf8').includes(containerEnded);
}

function isRunning(state: State): boolean {
  // Asked early enough it gets no answer, and waits for one.
  const { stdout } = runInside(state, ['timeout', '1', 'systemctl', 'is-system-running']);
  return ['running\n', 'degraded\n'].includes(stdout);
}

function runInside(state: State, words: readonly string[]): ToolResult {
  const [program = '', ...args] = enter(state, words);
  return runTool(program, args, { cwd: '/' });
}

function enter({ leader }: State, words: readonly string[]): readonly string[] {
  const spaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'];
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const env = ['env', '-i', `PATH=${path}`, 'HOME=/root', 'LC_ALL=C.UTF-8'];
  return ['nsenter', '--target', String(leader), ...spaces, ...env, ...words];
}

// The first of the container's process tree, which lies in the tree of `innerScript`.
function findLeader(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    if (/^Name:\tsystemd$[\s\S]*^NSpid:(?:\t\d+){2}\t1$/m.test(status)) return pid;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').match(/\d+/g) ?? [];
    return (
      children.map((child) => findLeader(Number(child))).find((found) => found !== null) ?? null
    );
  } catch {
    // It ended meanwhile.
    return null;
  }
}
