/** A path that `--allow` names: absolute, a directory including what is below it. */
export interface AllowedPath {
  readonly path: string;
  readonly access: 'ro' | 'rw';
}

/** What `--allow` grants, ready for many questions. */
export interface Allowed {
  /** The widest access that covers this absolute path, or null. */
  readonly accessTo: (path: string) => 'ro' | 'rw' | null;
  /** Is the path itself, or anything below or above it, granted? */
  readonly touches: (path: string) => boolean;
}

export function indexAllowed(list: readonly AllowedPath[]): Allowed {
  return list.length === 0 ? nothing : indexPaths(list);
}

const nothing: Allowed = { accessTo: () => null, touches: () => false };

function indexPaths(list: readonly AllowedPath[]): Allowed {
  const granted = new Map<string, 'ro' | 'rw'>();
  const above = new Set<string>();
  for (const { path, access } of list) {
    const trimmed = path.replace(/\/+$/, '') || '/';
    if (granted.get(trimmed) !== 'rw') granted.set(trimmed, access);
    for (const directory of ancestors(trimmed)) above.add(directory);
  }
  const accessTo = (path: string) => widest(ancestors(path).map((step) => granted.get(step)));
  return { accessTo, touches: (path) => above.has(path) || accessTo(path) !== null };
}

/** The path itself and every directory above it. With `..` in it only the kernel knows where it leads. */
function ancestors(path: string): string[] {
  if (path.split('/').includes('..')) return [];
  const steps = [path];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    steps.push(path.slice(0, end));
  }
  return [...steps, '/'];
}

function widest(found: readonly ('ro' | 'rw' | undefined)[]): 'ro' | 'rw' | null {
  if (found.includes('rw')) return 'rw';
  return found.includes('ro') ? 'ro' : null;
}
