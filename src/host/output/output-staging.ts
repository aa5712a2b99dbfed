import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { parseProcStat } from '../../formats/proc-stat.ts';
import { isThere, type OpenDirectory, withDirectory } from '../open-directory.ts';
import { errorCode } from '../system-error.ts';

/**
 * A directory beside `name`, ours alone, in which the new content is made and the old one waits.
 * Its name says whose it is, so that a later run can tell what a killed one left.
 */
export interface Staging {
  readonly fresh: string;
  readonly aside: string;
}

/**
 * Has `work` use a staging directory in `parent`, which is gone afterwards whatever happens; when it
 * fails, the old content is back in its place.
 */
export function withStaging(
  parent: OpenDirectory,
  name: string,
  work: (staging: Staging) => void,
): void {
  const made = basename(mkdtempSync(join(parent.path, namePrefix())));
  try {
    withOwnDirectory(join(parent.path, made), (path) => {
      for (const room of rooms) mkdirSync(join(path, room), { mode: 0o700 });
      work(stagingIn(path, name));
    });
  } catch (error) {
    forgive(() => repair(parent, made, name));
    forgive(() => rmdirSync(join(parent.path, made)));
    throw error;
  }
  discard(parent, made);
}

/** Takes away what killed runs left for `name`; an old content without a successor is put back. */
export function repairPlace(parent: OpenDirectory, name: string): void {
  for (const entry of readdirSync(parent.path)) {
    // Another run may be at it too, and what cannot be repaired must not stop every later run.
    if (isAbandoned(parent, entry)) forgive(() => repair(parent, entry, name));
  }
}

const rooms = ['new', 'old'] as const;

function stagingIn(path: string, name: string): Staging {
  return { fresh: join(path, 'new', name), aside: join(path, 'old', name) };
}

function repair(parent: OpenDirectory, entry: string, name: string): void {
  const isDone = withOwnDirectory(join(parent.path, entry), (path) => {
    if (!isFor(path, name)) return false;
    const { aside } = stagingIn(path, name);
    const place = join(parent.path, name);
    if (!isThere(place) && isThere(aside)) renameSync(aside, place);
    return true;
  });
  if (isDone) discard(parent, entry);
}

// Nothing but what a run makes, and for this name: otherwise it is not touched.
function isFor(path: string, name: string): boolean {
  return readdirSync(path).every((room) => {
    const isRoom = rooms.some((one) => one === room) && lstatSync(join(path, room)).isDirectory();
    return isRoom && readdirSync(join(path, room)).every((inside) => inside === name);
  });
}

function discard(parent: OpenDirectory, entry: string): void {
  withOwnDirectory(join(parent.path, entry), (path) => {
    for (const room of rooms) rmSync(join(path, room), { recursive: true, force: true });
  });
  rmdirSync(join(parent.path, entry));
}

/** Opens a directory that is the caller's alone; in it nobody else can swap one thing for another. */
function withOwnDirectory<Result>(path: string, work: (path: string) => Result): Result {
  return withDirectory(path, ({ path: held }) => {
    if (!isPrivate(statSync(held)))
      throw new Error('a directory made beside it is not the caller’s alone');
    return work(held);
  });
}

function isPrivate({ uid, mode }: Stats): boolean {
  return uid === process.geteuid?.() && (mode & 0o077) === 0;
}

// .virt-privileges-PID-STARTTIME-PIDNAMESPACE-XXXXXX
const namePattern = /^\.virt-privileges-(\d+)-(\d+)-(\d+)-[A-Za-z0-9]{6}$/;
const hour = 3_600_000;

function namePrefix(): string {
  const { startTime } = parseProcStat(readFileSync('/proc/self/stat', 'utf8'));
  return `.virt-privileges-${process.pid}-${startTime}-${pidNamespace()}-`;
}

function pidNamespace(): string {
  return String(statSync('/proc/self/ns/pid').ino);
}

function isAbandoned(parent: OpenDirectory, entry: string): boolean {
  const [, pid, startTime, namespace] = namePattern.exec(entry) ?? [];
  if (pid === undefined || startTime === undefined) return false;
  const facts = lstatSync(join(parent.path, entry), { throwIfNoEntry: false });
  if (facts === undefined || !facts.isDirectory() || !isPrivate(facts)) return false;
  // Another container's processes cannot be seen from here; a run takes a second.
  return namespace === pidNamespace()
    ? !isAlive(pid, startTime)
    : Date.now() - facts.mtimeMs > hour;
}

function isAlive(pid: string, startTime: string): boolean {
  try {
    const stat = parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return stat.startTime === startTime && stat.state !== 'Z';
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}

function forgive(work: () => void): void {
  try {
    work();
  } catch {}
}
