import { constants, existsSync, fstatSync, statSync } from 'node:fs';
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
    accountLinks: root.isLive ? [] : findAccountObstacles(root),
    files: Object.fromEntries(paths.map((path) => [path, readFileState(root, path)])),
    qemuConf: readFileState(root, QEMU_CONF),
    device: root.isLive ? readDevice(root) : null,
  };
}

async function isContainer(): Promise<boolean> {
  if (existsSync('/run/.containerenv') || existsSync('/.dockerenv') || isChroot()) return true;
  if (findTool('systemd-detect-virt') === null) return false;
  return (await runTool('systemd-detect-virt', ['--container', '--quiet'])).exitCode === 0;
}

// What cannot be compared counts as a chroot: the node there is somebody else's.
function isChroot(): boolean {
  try {
    const [own, first] = [statSync('/'), statSync('/proc/1/root')];
    return own.dev !== first.dev || own.ino !== first.ino;
  } catch {
    return true;
  }
}

function findAccountTool(): HostFacts['accountTool'] {
  if (findTool('systemd-sysusers') !== null) return 'systemd-sysusers';
  return ['groupadd', 'useradd', 'usermod'].every(findTool) ? 'shadow' : null;
}

const databases = ['passwd', 'group', 'shadow', 'gshadow', 'subuid', 'subgid'];

// The tools open these by path: a link in an image would lead them to a file of this machine, a pipe hang them.
const accountFiles = [
  ...databases.flatMap((name) => [name, `${name}-`, `${name}+`, `${name}.lock`]),
  'login.defs',
  'default/useradd',
  '.pwd.lock',
].map((name) => `/etc/${name}`);

function findAccountObstacles(root: Root): readonly string[] {
  return [
    ...['/etc', '/etc/default'].filter((path) => isOtherThan(root, path, 'directory')),
    ...accountFiles.filter((path) => isOtherThan(root, path, 'file')),
  ];
}

function isOtherThan(root: Root, path: string, type: 'file' | 'directory'): boolean {
  return withPath(root, path, constants.O_NOFOLLOW, (place) => {
    return place !== null && root.native.inspect(place).type !== type;
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
