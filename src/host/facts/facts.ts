import { accessSync, constants, fstatSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import type { LintFile } from '../../generate/lint/lint-file.ts';
import type { Policy } from '../../policy/policy.ts';
import { GUEST_UNITS } from '../guest-unit.ts';
import { readMergedFiles, readReleaseId } from '../lint/lint-merged.ts';
import { type Root, withPath } from '../root.ts';
import { type FileState, readFileState } from '../root-files.ts';
import { errorCode } from '../system-error.ts';
import { type AccountTool, findAccountObstacles, findAccountTool } from './account-tools.ts';
import { findOldFiles, type OldFile } from './find-old-files.ts';
import { type Accounts, readAccounts } from './read-accounts.ts';
import {
  type DeviceFacts,
  type KvmSupport,
  readDevice,
  readKvmSupport,
  readUdev,
  type UdevState,
} from './read-device.ts';
import { type Environment, readEnvironment } from './read-environment.ts';
import { type LibvirtDaemon, readLibvirt } from './read-libvirt.ts';
import { readShadow, type Shadow } from './read-shadow.ts';

/** Everything a plan depends on, read once. */
export interface HostFacts extends Accounts {
  readonly root: string;
  /** Of os-release, as `debian-13`; null when it names none. */
  readonly release: string | null;
  /** What is only known of a running system; null for an image. */
  readonly live: LiveFacts | null;
  readonly shadow: Shadow;
  /** The program that makes accounts; null when this machine has none. */
  readonly accountTool: AccountTool | null;
  /** Of the account files and their directory: those that an account tool would follow out of an image. */
  readonly accountLinks: readonly string[];
  /** Null where the caller's rights do not tell. */
  readonly isUsrReadOnly: boolean | null;
  /** Every file of udev rules and tmpfiles.d that is in force. */
  readonly merged: readonly LintFile[];
  /** The files of the payload, by the path where each belongs. */
  readonly files: Readonly<Record<string, FileState>>;
  readonly oldFiles: readonly OldFile[];
  /** `hidden`: nothing that is asked for needs it, and the caller may not read it. */
  readonly qemuConf: FileState | { readonly kind: 'hidden' };
  /** There is a unit that runs guests as services. */
  readonly hasGuestUnit: boolean;
  /** When qemu.conf was last written, in seconds since 1970; null when it is not there. */
  readonly qemuConfTime: number | null;
}

/** A running system. */
export interface LiveFacts {
  readonly environment: Environment;
  readonly udev: UdevState;
  /** /dev/kvm; null when there is none. */
  readonly device: DeviceFacts | null;
  readonly kvm: KvmSupport;
  /** Null where they cannot be seen. */
  readonly libvirt: readonly LibvirtDaemon[] | null;
}

export const QEMU_CONF = '/etc/libvirt/qemu.conf';

/** What is to be looked at. */
export interface FactsQuery {
  readonly policy: Policy;
  /** The places of the payload's files that are asked for, and of all of them. */
  readonly paths: readonly string[];
  readonly allPaths: readonly string[];
  /** Whether the facts are worth nothing without qemu.conf. */
  readonly needsConf: boolean;
}

/** Reads the host or image. Throws VP_FILE_READ, and VP_MISSING_PRIVILEGE for what a plain user may not read. */
export async function readFacts(root: Root, query: FactsQuery): Promise<HostFacts> {
  const merged = readMergedFiles(root);
  return {
    root: root.path,
    release: readReleaseId(root),
    ...readAccounts(root, query.policy),
    live: root.isLive ? await readLiveFacts(root) : null,
    shadow: readShadow(root, query.policy),
    accountTool: findAccountTool(),
    accountLinks: root.isLive ? [] : findAccountObstacles(root),
    isUsrReadOnly: isReadOnly(root, '/usr'),
    merged: merged.filter(({ kind }) => kind !== 'sysusers'),
    files: Object.fromEntries(query.paths.map((path) => [path, readFileState(root, path)])),
    oldFiles: findOldFiles(root, merged, query.allPaths),
    qemuConf: readConf(root, query),
    hasGuestUnit: GUEST_UNITS.some((path) => isThere(root, path)),
    qemuConfTime: readTime(root, QEMU_CONF),
  };
}

async function readLiveFacts(root: Root): Promise<LiveFacts> {
  const [environment, udev] = await Promise.all([readEnvironment(), readUdev()]);
  return {
    environment,
    udev,
    device: readDevice(root),
    kvm: readKvmSupport(),
    libvirt: await readLibvirt(environment.hasSystemd),
  };
}

function readConf(root: Root, { needsConf }: FactsQuery): HostFacts['qemuConf'] {
  try {
    return readFileState(root, QEMU_CONF);
  } catch (error) {
    const isHidden = error instanceof AppError && error.code === 'VP_MISSING_PRIVILEGE';
    if (needsConf || !isHidden) throw error;
    return { kind: 'hidden' };
  }
}

function isReadOnly(root: Root, path: string): boolean | null {
  return withPath(root, path, 0, (place) => {
    if (place === null) return null;
    try {
      accessSync(`/proc/self/fd/${place}`, constants.W_OK);
      return false;
    } catch (cause) {
      return errorCode(cause) === 'EROFS' ? true : null;
    }
  });
}

function isThere(root: Root, path: string): boolean {
  return withPath(root, path, 0, (place) => place !== null);
}

function readTime(root: Root, path: string): number | null {
  return withPath(root, path, constants.O_NOFOLLOW, (place) => {
    return place === null ? null : fstatSync(place).mtimeMs / 1000;
  });
}
