import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { AppError, type ErrorCode } from '../../errors.ts';

/** One object on the way of a path, by the name it has once every link is resolved. */
export interface Component {
  readonly path: string;
  readonly file: Stats;
}

/** What the kernel asks about on the way: a directory in which a name is looked up, or a link that is followed. */
export interface Step extends Component {
  /** For a link: the directory it lies in; null for a directory. */
  readonly directory: Component | null;
  /** A link that stands for the end of the path. */
  readonly isLast: boolean;
}

/** What bears a path (no link is followed); throws as `walkPath` does. */
export type Look = (path: string) => Component;

// The kernel's own limit (MAXSYMLINKS).
const maximumLinks = 40;

/**
 * Follows an absolute path as the kernel does, links and `..` included. Yields each directory before a name is
 * looked up in it and each link before it is followed, returns the object at the end. Throws VP_PATH_MISSING
 * naming the component that is not there.
 */
export function* walkPath(path: string, look: Look = lookUp): Generator<Step, Component> {
  const root = look('/');
  const walk: Walk = { root, look, trail: [], pending: namesOf(path).reverse(), links: 0 };
  for (let name = walk.pending.pop(); name !== undefined; name = walk.pending.pop()) {
    const directory = requireDirectory(walk.trail.at(-1) ?? root);
    yield { ...directory, directory: null, isLast: false };
    if (name === '..') walk.trail.pop();
    else if (name !== '.') yield* descend(walk, directory, name);
  }
  return walk.trail.at(-1) ?? root;
}

interface Walk {
  readonly root: Component;
  readonly look: Look;
  /** From below the root to where the walk is. */
  readonly trail: Component[];
  /** Names still to be looked up, the next one last. */
  readonly pending: string[];
  links: number;
}

function* descend(walk: Walk, directory: Component, name: string): Generator<Step, void> {
  const next = walk.look(`${walk.trail.at(-1)?.path ?? ''}/${name}`);
  if (!next.file.isSymbolicLink()) {
    walk.trail.push(next);
    return;
  }
  yield { ...next, directory, isLast: walk.pending.length === 0 };
  follow(walk, next);
}

function follow(walk: Walk, link: Component): void {
  walk.links += 1;
  if (walk.links > maximumLinks) throw failure('ELOOP', link.path);
  const target = readlinkSync(link.path);
  if (target.startsWith('/')) walk.trail.length = 0;
  walk.pending.push(...namesOf(target).reverse());
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

/** The default `Look`: asks the kernel each time. */
export function lookUp(path: string): Component {
  try {
    return { path, file: lstatSync(path) };
  } catch (cause) {
    throw failure((cause as NodeJS.ErrnoException).code ?? '', path, cause);
  }
}

function requireDirectory(found: Component): Component {
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
