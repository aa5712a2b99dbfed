import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { AppError, type ErrorCode } from '../errors.ts';

/** One object on the way of a path, by the name it has once every link is resolved. */
export interface Component {
  readonly path: string;
  readonly file: Stats;
}

// The kernel's own limit (MAXSYMLINKS).
const maximumLinks = 40;

/**
 * Follows an absolute path as the kernel does, links and `..` included. Yields each directory before a name is
 * looked up in it, returns the object at the end. Throws VP_PATH_MISSING naming the component that is not there.
 */
export function* walkPath(path: string): Generator<Component, Component> {
  const root = component('/');
  const walk: Walk = { root, trail: [], pending: namesOf(path).reverse(), links: 0 };
  for (let name = walk.pending.pop(); name !== undefined; name = walk.pending.pop()) {
    yield directory(walk.trail.at(-1) ?? root);
    if (name === '..') walk.trail.pop();
    else descend(walk, name);
  }
  return walk.trail.at(-1) ?? root;
}

interface Walk {
  readonly root: Component;
  /** From below the root to where the walk is. */
  readonly trail: Component[];
  /** Names still to be looked up, the next one last. */
  readonly pending: string[];
  links: number;
}

function descend(walk: Walk, name: string): void {
  const next = component(`${walk.trail.at(-1)?.path ?? ''}/${name}`);
  if (next.file.isSymbolicLink()) follow(walk, next);
  else walk.trail.push(next);
}

function follow(walk: Walk, link: Component): void {
  walk.links += 1;
  if (walk.links > maximumLinks) throw failure('ELOOP', link.path);
  const target = readlinkSync(link.path);
  if (target.startsWith('/')) walk.trail.length = 0;
  walk.pending.push(...namesOf(target).reverse());
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function component(path: string): Component {
  try {
    return { path, file: lstatSync(path) };
  } catch (cause) {
    throw failure((cause as NodeJS.ErrnoException).code ?? '', path, cause);
  }
}

function directory(found: Component): Component {
  if (!found.file.isDirectory()) throw failure('ENOTDIR', found.path);
  return found;
}

const reasons: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['VP_PATH_MISSING', 'does not exist'],
  ENOTDIR: ['VP_PATH_MISSING', 'is not a directory'],
  ELOOP: ['VP_PATH_MISSING', `leads through more than ${maximumLinks} symbolic links`],
  ENAMETOOLONG: ['VP_PATH_MISSING', 'is too long a name'],
  EACCES: ['VP_PATH_ACCESS', 'cannot be looked at: permission denied'],
};

function failure(code: string, path: string, cause?: unknown): AppError {
  const [errorCode, reason] = reasons[code] ?? ['VP_FILE_READ', `cannot be looked at: ${code}`];
  return new AppError(errorCode, `${path} ${reason}`, { path, cause });
}
