import { existsSync, readFileSync, statSync } from 'node:fs';
import { findMountOptions } from '../../formats/mount-info.ts';
import { findTool, runTool } from '../command.ts';
import { errorCode } from '../system-error.ts';

/** What the running system is, as far as it can be told. */
export interface Environment {
  /** The container manager, or `unknown`; null outside of containers. */
  readonly container: string | null;
  /** Null: /proc does not show the first process. */
  readonly isChroot: boolean | null;
  /** Windows Subsystem for Linux: a virtual machine with a node of its own. */
  readonly isWsl: boolean;
  /** systemd is the first process and takes orders. */
  readonly hasSystemd: boolean;
  readonly selinux: 'enforcing' | 'permissive' | 'off';
  readonly hasAppArmor: boolean;
}

/** Asks the kernel and the files that container managers leave; no file of these is an error. */
export async function readEnvironment(): Promise<Environment> {
  const kernel = readLine('/proc/sys/kernel/osrelease') ?? '';
  const detected = await detectContainer();
  return {
    container: namedContainer() ?? (detected === 'wsl' ? null : detected),
    isChroot: isChroot(),
    isWsl: detected === 'wsl' || /microsoft|wsl/i.test(kernel),
    hasSystemd: hasSystemd(),
    selinux: readSelinux(),
    hasAppArmor: readLine('/sys/module/apparmor/parameters/enabled') === 'Y',
  };
}

/** systemd is in charge of the running system (sd_booted(3)). */
export function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

// Before systemd-detect-virt, which calls a container under WSL wsl.
function namedContainer(): string | null {
  if (existsSync('/run/.containerenv')) return 'podman';
  if (existsSync('/.dockerenv')) return 'docker';
  const named = readLine('/run/systemd/container') ?? readLine('/run/host/container-manager');
  return named === '' ? 'unknown' : (named ?? containerOfFirst());
}

// The environment of the first process; only root may read it.
function containerOfFirst(): string | null {
  const words = (readLine('/proc/1/environ') ?? '').split('\0');
  const name = words.find((word) => word.startsWith('container='))?.slice('container='.length);
  return name === '' ? 'unknown' : (name ?? null);
}

async function detectContainer(): Promise<string | null> {
  if (findTool('systemd-detect-virt') === null) return null;
  const { exitCode, stdout } = await runTool('systemd-detect-virt', ['--container']);
  return exitCode === 0 ? stdout.trim() || 'unknown' : null;
}

function isChroot(): boolean | null {
  try {
    const [own, first] = [statSync('/'), statSync('/proc/1/root')];
    return own.dev !== first.dev || own.ino !== first.ino;
  } catch (cause) {
    if (errorCode(cause) === '') throw cause;
    // Where even that is hidden: a system has something mounted at its root, a mere directory has not.
    const mounts = readLine('/proc/self/mountinfo');
    return mounts !== null && findMountOptions(mounts, '/') === null ? true : null;
  }
}

function readSelinux(): Environment['selinux'] {
  const enforce = readLine('/sys/fs/selinux/enforce');
  if (enforce === null) return 'off';
  return enforce === '1' ? 'enforcing' : 'permissive';
}

/** The text of a file of the running system without its line break; null when it cannot be read. */
export function readLine(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if (errorCode(cause) === '') throw cause;
    return null;
  }
}
