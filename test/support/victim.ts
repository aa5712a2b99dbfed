import { readFileSync, statSync, writeFileSync } from 'node:fs';

export interface Victim {
  readonly path: string;
  readonly before: object;
}

/** A file of root's that nobody may get, and what it is, so that it can be compared afterwards. */
export function makeVictim(path: string): Victim {
  writeFileSync(path, 'root:*:19000:0:99999:7:::\n', { mode: 0o640 });
  return { path, before: describe(path) };
}

/** Its owner, mode, links, change time and content now. */
export function describe(path: string): object {
  return { ...stateOf(path), links: statSync(path).nlink, content: readFileSync(path, 'utf8') };
}

/** The same of a file or directory, but for what it holds. */
export function stateOf(path: string): object {
  const { uid, gid, mode, ctimeMs } = statSync(path);
  return { uid, gid, mode, ctimeMs };
}
