import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  readdirSync,
  readFileSync,
  type Stats,
} from 'node:fs';
import { posix } from 'node:path';
import { parseProcStatus } from '../../formats/proc-status.ts';
import { type Root, withPath } from '../root.ts';
import { errorCode } from '../system-error.ts';

/** What belongs to accounts that somebody wants to remove; what cannot be looked at counts as theirs. */
export interface Belongings {
  /** `process 123` or a path, null for nothing. */
  readonly ofUser: (uid: number) => string | null;
  readonly ofGroup: (gid: number) => string | null;
}

interface Ids {
  readonly uids: readonly number[];
  readonly gids: readonly number[];
}

/**
 * Looks through the processes of a running system, and through the usual places for files of these
 * ids, not following links nor going into other file systems. `except` names paths that do not count.
 */
export function findBelongings(root: Root, ids: Ids, except: readonly string[]): Belongings {
  if (ids.uids.length + ids.gids.length === 0) return { ofUser: () => null, ofGroup: () => null };
  const search: Search = { root, ids, except, users: new Map(), groups: new Map(), left: LIMIT };
  if (root.isLive) searchProcesses(search);
  for (const place of places) if (!isComplete(search)) searchPlace(search, place);
  return {
    ofUser: (uid) => search.users.get(uid) ?? null,
    ofGroup: (gid) => search.groups.get(gid) ?? null,
  };
}

// Each may be a file system of its own; what is below another one is looked through only once.
const places = [
  '/etc',
  '/home',
  '/opt',
  '/root',
  '/srv',
  '/usr',
  '/usr/local',
  '/var',
  '/var/lib',
  '/var/lib/libvirt',
  '/var/lib/libvirt/images',
  '/var/cache',
  '/var/log',
  '/var/spool',
  '/var/tmp',
  '/run',
  '/tmp',
  '/dev',
  '/dev/shm',
];

/** A machine with more files than this keeps its accounts. */
const LIMIT = 20_000_000;

interface Search {
  readonly root: Root;
  readonly ids: Ids;
  readonly except: readonly string[];
  readonly users: Map<number, string>;
  readonly groups: Map<number, string>;
  /** How many objects may still be looked at. */
  left: number;
}

function isComplete({ ids, users, groups }: Search): boolean {
  return ids.uids.every((uid) => users.has(uid)) && ids.gids.every((gid) => groups.has(gid));
}

function note(
  search: Search,
  uids: readonly number[],
  gids: readonly number[],
  owner: string,
): void {
  for (const uid of uids)
    if (search.ids.uids.includes(uid) && !search.users.has(uid)) search.users.set(uid, owner);
  for (const gid of gids)
    if (search.ids.gids.includes(gid) && !search.groups.has(gid)) search.groups.set(gid, owner);
}

function noteAll(search: Search, what: string): void {
  note(search, search.ids.uids, search.ids.gids, what);
}

function searchProcesses(search: Search): void {
  for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    const status = readStatus(pid);
    if (status === null) continue;
    const { uid, gid, groups } = parseProcStatus(status);
    note(search, uid, [...gid, ...groups], `process ${pid}`);
  }
}

// A process that has ended meanwhile owns nothing.
function readStatus(pid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch (cause) {
    if (['ENOENT', 'ESRCH'].includes(errorCode(cause))) return null;
    throw cause;
  }
}

function searchPlace(search: Search, path: string): void {
  const { root } = search;
  const device = deviceOf(root, path);
  const above = posix.dirname(path);
  const isCovered = places.includes(above) && deviceOf(root, above) === device;
  if (device !== null && !isCovered) searchDirectory(search, path, device);
}

function deviceOf(root: Root, path: string): number | null {
  return withPath(root, path, constants.O_NOFOLLOW, (place) => {
    const stat = place === null ? null : fstatSync(place);
    return stat?.isDirectory() ? stat.dev : null;
  });
}

function searchDirectory(search: Search, path: string, device: number): void {
  for (const name of searchNames(search, path, device)) {
    if (isComplete(search)) return;
    searchDirectory(search, posix.join(path, name), device);
  }
}

/** Looks at a directory and what stands in it; returns the directories among that. */
function searchNames(search: Search, path: string, device: number): readonly string[] {
  const { root } = search;
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  try {
    const directory = root.native.openBeneath(root.directory, path, flags, 0);
    try {
      return fstatSync(directory).dev === device ? lookInto(search, path, directory) : [];
    } finally {
      closeSync(directory);
    }
  } catch (cause) {
    // It has gone, or something else has come in its place.
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(cause))) return [];
    noteAll(search, `what cannot be seen of ${path}`);
    return [];
  }
}

function lookInto(search: Search, path: string, directory: number): readonly string[] {
  noteOwner(search, path, fstatSync(directory));
  const place = `/proc/self/fd/${directory}`;
  return readdirSync(place).filter((name) => {
    const stat = lstatSync(`${place}/${name}`, { throwIfNoEntry: false });
    if (stat === undefined) return false;
    // Of a place where another file system is mounted, that one's own top is looked at.
    noteOwner(search, posix.join(path, name), stat);
    return stat.isDirectory();
  });
}

function noteOwner(search: Search, path: string, { uid, gid }: Pick<Stats, 'uid' | 'gid'>): void {
  search.left -= 1;
  if (search.left < 0) noteAll(search, 'one of too many files');
  else if (!search.except.includes(path)) note(search, [uid], [gid], path);
}
