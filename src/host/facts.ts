import { constants, existsSync, fstatSync } from 'node:fs';
import { type GroupEntry, parseGroup } from '../formats/group.ts';
import { type PasswdEntry, parsePasswd } from '../formats/passwd.ts';
import { findTool, runTool } from './command.ts';
import { type Root, withPath } from './root.ts';
import { type FileState, readFileState, readText } from './root-files.ts';

/** Everything a plan depends on, read once. */
export interface HostFacts {
  readonly root: string;
  /** The running system. */
  readonly isLive: boolean;
  /** The running system is a container, whose device nodes are the host's. */
  readonly isContainer: boolean;
  readonly users: readonly PasswdEntry[];
  readonly groups: readonly GroupEntry[];
  /** The program that makes accounts; null when this machine has none. */
  readonly accountTool: 'systemd-sysusers' | 'shadow' | null;
  /** Of the account files and their directory: those that an account tool would follow out of an image. */
  readonly accountLinks: readonly string[];
  /** The files of the payload, by the path where each belongs. */
  readonly files: Readonly<Record<string, FileState>>;
  readonly qemuConf: FileState;
  /** /dev/kvm of the running system; null when there is none, or the root is an image. */
  readonly device: DeviceFacts | null;
}

export interface DeviceFacts {
  readonly isCharacterDevice: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

export const QEMU_CONF = '/etc/libvirt/qemu.conf';
export const KVM_NODE = '/dev/kvm';

/** Reads the host or image; `paths` are the places of the payload's files. Throws VP_FILE_READ. */
export async function readFacts(root: Root, paths: readonly string[]): Promise<HostFacts> {
  return {
    root: root.path,
    isLive: root.isLive,
    isContainer: root.isLive && (await isContainer()),
    users: parsePasswd(readText(root, '/etc/passwd') ?? ''),
    groups: parseGroup(readText(root, '/etc/group') ?? ''),
    accountTool: findAccountTool(),
    accountLinks: root.isLive ? [] : findAccountLinks(root),
    files: Object.fromEntries(paths.map((path) => [path, readFileState(root, path)])),
    qemuConf: readFileState(root, QEMU_CONF),
    device: root.isLive ? readDevice(root) : null,
  };
}

async function isContainer(): Promise<boolean> {
  if (existsSync('/run/.containerenv') || existsSync('/.dockerenv')) return true;
  if (findTool('systemd-detect-virt') === null) return false;
  return (await runTool('systemd-detect-virt', ['--container', '--quiet'])).exitCode === 0;
}

function findAccountTool(): HostFacts['accountTool'] {
  if (findTool('systemd-sysusers') !== null) return 'systemd-sysusers';
  return ['groupadd', 'useradd', 'usermod'].every(findTool) ? 'shadow' : null;
}

// The tools open these by path, so a link in an image would lead them to a file of this machine.
const ACCOUNT_FILES = [
  'passwd',
  'group',
  'shadow',
  'gshadow',
  'subuid',
  'subgid',
  'login.defs',
  '.pwd.lock',
];

function findAccountLinks(root: Root): readonly string[] {
  return ['/etc', ...ACCOUNT_FILES.map((name) => `/etc/${name}`)].filter((path) =>
    isLink(root, path),
  );
}

function isLink(root: Root, path: string): boolean {
  return withPath(root, path, constants.O_NOFOLLOW, (place) => {
    return place !== null && root.native.inspect(place).type === 'link';
  });
}

function readDevice(root: Root): DeviceFacts | null {
  return withPath(root, KVM_NODE, constants.O_NOFOLLOW, (place) => {
    if (place === null) return null;
    const stat = fstatSync(place);
    const { uid, gid } = stat;
    return { isCharacterDevice: stat.isCharacterDevice(), uid, gid, mode: stat.mode & 0o7777 };
  });
}
