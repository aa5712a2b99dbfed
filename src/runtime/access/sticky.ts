import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { basename, resolve } from 'node:path';
import { printShellWord } from '../../formats/shell-word.ts';
import type { AccessChecker, AccessIdentity, AccessProblem } from '../access.ts';
import type { Component } from './path-walk.ts';

/** The level of the kernel's protection in sticky directories: fs.protected_symlinks and its kind; 0 is none. */
export type ReadProtection = (what: 'symlinks' | 'regular' | 'fifos') => number;

const stickyBit = 0o1000;

/** fs/namei.c may_follow_link(): in a directory like /tmp a link at the end of a path is its owner's alone, or the directory's owner's. */
export function linkProblems(
  { identity, readProtection }: AccessChecker,
  link: Component & { readonly isLast: boolean },
  directory: Component,
): readonly AccessProblem[] {
  const isOpen = (directory.file.mode & (stickyBit | 0o002)) === (stickyBit | 0o002);
  if (!link.isLast || !isOpen || isOwn(identity, link.file, directory.file)) return [];
  if (readProtection('symlinks') === 0) return [];
  const message = `${link.path} is a link of uid ${link.file.uid} in a sticky directory, where the kernel lets nobody else follow it`;
  const hint = `name the file itself: ${printShellWord(resolve(directory.path, readlinkSync(link.path)))}`;
  return [{ code: 'VP_PATH_ACCESS', component: link.path, lacks: 'follow', message, hint }];
}

/** fs/namei.c may_create_in_sticky(): there a file of somebody else's is not opened with O_CREAT. */
export function creationProblems(
  { identity, readProtection }: AccessChecker,
  { path, file }: Component,
  directory: Component,
): readonly AccessProblem[] {
  const { mode } = directory.file;
  if ((mode & stickyBit) === 0 || isOwn(identity, file, directory.file)) return [];
  const level = levelFor(file, readProtection);
  const isRefused = (mode & 0o002) !== 0 ? level >= 1 : (mode & 0o020) !== 0 && level >= 2;
  if (!isRefused) return [];
  return [fixed(path, `belongs to uid ${file.uid} in a sticky directory: nobody else may make it`)];
}

/** What keeps the identity from taking the name of `path` in this directory away from what bears it. */
export function replacementProblems(
  { native, identity }: AccessChecker,
  directory: Component,
  path: string,
): readonly AccessProblem[] {
  const name = `${directory.path === '/' ? '' : directory.path}/${basename(path)}`;
  const file = lstatSync(name, { throwIfNoEntry: false });
  if (file === undefined) return [];
  const isSticky = (directory.file.mode & stickyBit) !== 0;
  if (isSticky && file.uid !== identity.uid && directory.file.uid !== identity.uid)
    return [
      fixed(name, `belongs to uid ${file.uid} in a sticky directory: nobody else may remove it`),
    ];
  const { immutable, appendOnly } = native.readRestrictions(name);
  if (!immutable && !appendOnly && !native.readRestrictions(directory.path).appendOnly) return [];
  return [
    fixed(name, 'cannot be removed: a flag (see lsattr) of it or its directory forbids that'),
  ];
}

function isOwn(identity: AccessIdentity, file: Stats, directory: Stats): boolean {
  return file.uid === identity.uid || file.uid === directory.uid;
}

function fixed(path: string, what: string): AccessProblem {
  const hint = `rm ${printShellWord(path)}`;
  const message = `${path} ${what}`;
  return { code: 'VP_PATH_ACCESS', component: path, lacks: 'write', message, hint };
}

function levelFor(file: Stats, readProtection: ReadProtection): number {
  if (file.isFile()) return readProtection('regular');
  return file.isFIFO() ? readProtection('fifos') : 0;
}

/** What this kernel says; before Linux 3.6 and 4.19 it protects nothing. */
export const readSysctl: ReadProtection = (what) => {
  try {
    return Number(readFileSync(`/proc/sys/fs/protected_${what}`, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
};
