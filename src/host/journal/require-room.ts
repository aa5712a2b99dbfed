import { accessSync, constants, fstatSync, statfsSync } from 'node:fs';
import { posix } from 'node:path';
import { AppError } from '../../errors.ts';
import { isAccountChange, isPending } from '../plan/change.ts';
import type { PreparedPlan } from '../plan/prepared-plan.ts';
import { pathInRoot, type Root, withPath } from '../root.ts';
import { readText } from '../root-files.ts';
import { fileError } from '../system-error.ts';
import { planWrites } from './plan-writes.ts';
import { APPLIES_DIRECTORY } from './state-directory.ts';

/** Throws VP_FILE_WRITE, before anything is changed, when a file system is read-only or has no room for the plan. */
export function requireRoom(plan: PreparedPlan): void {
  const { root } = plan;
  const needs = needsOf(plan);
  requireWritablePlaces(
    root,
    needs.map(({ path }) => path),
  );
  const places = needs.map((need) => ({ ...need, ...spaceAt(root, need.path) }));
  for (const { device } of places) {
    const shared = places.filter((other) => other.device === device);
    requireSpace(root, shared);
  }
}

/** Throws VP_FILE_WRITE unless a file can be made or replaced at each of these paths. */
export function requireWritablePlaces(root: Root, paths: readonly string[]): void {
  for (const path of paths) requireWritablePlace(root, path);
}

interface Need {
  readonly path: string;
  readonly bytes: number;
}

interface Space {
  readonly device: number;
  readonly free: number;
  readonly hasFreeInodes: boolean;
}

const BLOCK = 4096;

function needsOf(plan: PreparedPlan): readonly Need[] {
  const writes = planWrites(plan.root, plan);
  const files = writes.map(({ path, after }) => ({
    path,
    bytes: blocks(after?.content.length ?? 0),
  }));
  const accounts = plan.changes.filter(isPending).some(isAccountChange)
    ? accountFiles(plan.root)
    : [];
  // Base64 takes four bytes for three; both states are kept.
  const kept = writes.map(
    ({ before, after }) => (after?.content.length ?? 0) + (before?.content.length ?? 0),
  );
  const journal = blocks(kept.reduce((sum, size) => sum + size * 1.4, 0));
  return [...accounts, ...files, { path: `${APPLIES_DIRECTORY}/new`, bytes: 2 * journal }];
}

// The tools write each of them anew and keep the old one as a backup.
function accountFiles(root: Root): readonly Need[] {
  return ['passwd', 'group', 'shadow', 'gshadow'].map((name) => {
    const path = `/etc/${name}`;
    return { path, bytes: 2 * blocks((readText(root, path) ?? '').length) };
  });
}

// Each new file, and the directory it may need, takes a block of its own.
function blocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK + BLOCK;
}

// access(2) tells a read-only file system and an immutable file to root as well.
function requireWritablePlace(root: Root, path: string): void {
  try {
    withPath(root, path, constants.O_NOFOLLOW, (file) => {
      if (file !== null) accessSync(`/proc/self/fd/${file}`, constants.W_OK);
    });
    withNearest(root, posix.dirname(path), (directory) => {
      accessSync(`/proc/self/fd/${directory}`, constants.W_OK | constants.X_OK);
    });
  } catch (cause) {
    throw fileError('VP_FILE_WRITE', pathInRoot(root, path), cause);
  }
}

function withNearest<T>(root: Root, path: string, use: (directory: number) => T): T {
  return withPath(root, path, 0, (place) => {
    if (place !== null) return use(place);
    return withNearest(root, posix.dirname(path), use);
  });
}

function spaceAt(root: Root, path: string): Space {
  return withNearest(root, posix.dirname(path), (directory) => {
    const { bavail, bsize, files, ffree } = statfsSync(`/proc/self/fd/${directory}`);
    // A file system without a fixed number of inodes counts none.
    const hasFreeInodes = files === 0 || ffree > 0;
    return { device: fstatSync(directory).dev, free: bavail * bsize, hasFreeInodes };
  });
}

function requireSpace(root: Root, places: readonly (Need & Space)[]): void {
  const needed = places.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, free, hasFreeInodes } of places) {
    if (hasFreeInodes && free >= needed) continue;
    const shown = pathInRoot(root, path);
    const reason = hasFreeInodes
      ? `${free} bytes are free on its file system, and ${needed} are needed`
      : 'its file system has no inode left';
    throw new AppError('VP_FILE_WRITE', `cannot write ${shown}: ${reason}`, {
      path: shown,
      hint: 'nothing was changed: free some space, then try again',
    });
  }
}
