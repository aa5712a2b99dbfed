import { constants, fstatSync } from 'node:fs';
import { findTool } from '../command.ts';
import { type Root, withPath } from '../root.ts';

export type AccountTool = 'systemd-sysusers' | 'shadow';

/** The program that makes accounts; null when this machine has none. */
export function findAccountTool(): AccountTool | null {
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

/** Of an image's account files and their directories: those by which an account tool could be led out of it. */
export function findAccountObstacles(root: Root): readonly string[] {
  const directories = ['/', '/etc', '/etc/default'];
  return [
    ...directories.filter((path) => isOtherThan(root, path, 'directory') || isOpen(root, path)),
    ...accountFiles.filter((path) => isOtherThan(root, path, 'file')),
  ];
}

// Whoever may write there can put a link in the place of a directory while the tool is at work in it.
function isOpen(root: Root, path: string): boolean {
  return withPath(root, path, constants.O_NOFOLLOW, (place) => {
    if (place === null) return false;
    const { uid, mode } = fstatSync(place);
    return ![0, process.geteuid?.()].includes(uid) || (mode & 0o022) !== 0;
  });
}

function isOtherThan(root: Root, path: string, type: 'file' | 'directory'): boolean {
  return withPath(root, path, constants.O_NOFOLLOW, (place) => {
    return place !== null && root.native.inspect(place).type !== type;
  });
}
