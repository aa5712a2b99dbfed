import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { runTool } from './tool.ts';

/** What a test of file systems needs beside root. */
export function needsFileSystem(program: string): string | null {
  if (runTool('which', [program]).status !== 0) return `needs ${program}`;
  return runTool('losetup', ['--find']).status === 0 ? null : 'needs a loop device';
}

const programs: Readonly<Record<string, readonly string[]>> = {
  ext4: ['mkfs.ext4', '-q', '-F'],
  xfs: ['mkfs.xfs', '-q', '-f'],
  btrfs: ['mkfs.btrfs', '-q', '-f'],
};

/** A file with a new file system in it, sparse, as large as the largest of the kinds demands. */
export function makeImage(path: string, kind: keyof typeof programs, megabytes: number): string {
  writeFileSync(path, '');
  truncateSync(path, megabytes * 1024 * 1024);
  const [program = '', ...options] = programs[kind] ?? [];
  execFileSync(program, [...options, path], { stdio: ['ignore', 'ignore', 'inherit'] });
  return path;
}

/** Mounts an image below a test's scratch directory, whose end takes the mount and its loop device away. */
export function mountImage(image: string, place: string): string {
  mkdirSync(place, { recursive: true });
  execFileSync('mount', ['-o', 'loop', image, place]);
  return place;
}
