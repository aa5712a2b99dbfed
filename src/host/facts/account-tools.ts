import { constants } from 'node:fs';
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

/** Of the account files and their directories: those that an account tool would follow out of an image. */
export function findAccountObstacles(root: Root): readonly string[] {
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
