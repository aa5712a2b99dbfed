import { readFileSync } from 'node:fs';
import { findMountPoint } from '../../formats/mount-info.ts';
import { printShellWord } from '../../formats/shell-word.ts';
import type { AccessProblem, Wanted } from '../access.ts';
import type { FileRestrictions, Native } from '../native.ts';
import type { Component } from './path-walk.ts';

/** What the flags of a file and of its mount refuse, whatever its mode says. A claim also changes the owner. */
export function restrictionProblems(
  native: Native,
  { path, file }: Component,
  wanted: Wanted,
  isClaimed: boolean,
): readonly AccessProblem[] {
  const use = {
    isClaimed,
    isChanged: isClaimed || wanted.write === true,
    isRun: wanted.execute === true && file.isFile(),
    isDirectory: file.isDirectory(),
    // To write to a device, a pipe or a socket changes nothing on the file system that bears its name.
    isStored: file.isFile() || file.isDirectory(),
    isDevice: file.isBlockDevice() || file.isCharacterDevice(),
  };
  if (!use.isChanged && !use.isRun && !use.isDevice) return [];
  const flags = native.readRestrictions(path);
  return rules.filter(({ applies }) => applies(flags, use)).map((rule) => describeRule(rule, path));
}

interface Use {
  readonly isClaimed: boolean;
  readonly isChanged: boolean;
  readonly isRun: boolean;
  readonly isDirectory: boolean;
  readonly isStored: boolean;
  readonly isDevice: boolean;
}

interface Rule {
  readonly applies: (flags: FileRestrictions, use: Use) => boolean;
  readonly lacks: AccessProblem['lacks'];
  readonly what: string;
  readonly fix: (path: string) => string;
}

const rules: readonly Rule[] = [
  {
    applies: ({ readOnly }, use) => readOnly && use.isChanged && (use.isStored || use.isClaimed),
    lacks: 'write',
    what: 'is on a file system that is mounted read-only',
    fix: (path) => remount(path, 'rw'),
  },
  {
    applies: ({ immutable }, { isChanged }) => immutable && isChanged,
    lacks: 'write',
    what: 'is immutable',
    fix: (path) => `chattr -i ${printShellWord(path)}`,
  },
  {
    // In such a directory files can still be made.
    applies: ({ appendOnly }, use) => appendOnly && use.isChanged && !use.isDirectory,
    lacks: 'write',
    what: 'can only be appended to',
    fix: (path) => `chattr -a ${printShellWord(path)}`,
  },
  {
    applies: ({ noExec }, { isRun }) => noExec && isRun,
    lacks: 'execute',
    what: 'is on a file system that is mounted noexec',
    fix: (path) => remount(path, 'exec'),
  },
  {
    applies: ({ noDevices }, { isDevice }) => noDevices && isDevice,
    lacks: 'read',
    what: 'is a device node on a file system that is mounted nodev',
    fix: () => 'name the node in /dev',
  },
];

function describeRule({ lacks, what, fix }: Rule, path: string): AccessProblem {
  const message = `${path} ${what}`;
  return { code: 'VP_PATH_ACCESS', component: path, lacks, message, hint: fix(path) };
}

function remount(path: string, option: string): string {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  return `mount -o remount,${option} ${printShellWord(findMountPoint(mounts, path))}`;
}
