import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type OpenDirectory, withDirectory } from '../open-directory.ts';

/** A directory with copies, for tools that must not see anything else; only the caller may write it. */
export interface Scratch {
  readonly path: string;
  /** Writes a copy below the directory and gives its path. */
  readonly write: (name: string, text: string) => string;
}

/** Makes the directory, calls `use`, and removes it whatever happens. */
export async function withScratch<T>(use: (scratch: Scratch) => Promise<T>): Promise<T> {
  // Root takes no directory from the environment: its owner could put another one in the place of this.
  const parent = isRoot() ? '/tmp' : tmpdir();
  const path = mkdtempSync(join(parent, 'virt-privileges-lint-'));
  try {
    return await use({ path, write });
  } finally {
    remove(path);
  }

  function write(name: string, text: string): string {
    const place = join(path, name);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text, { flag: 'wx', mode: 0o600 });
    return place;
  }
}

/** Lets a group read a scratch directory of root's and its copies, which lie in it flat; nobody else may write them. */
export function letRead({ path }: Scratch, names: readonly string[], gid: number): void {
  for (const name of names) {
    chownSync(join(path, name), 0, gid);
    chmodSync(join(path, name), 0o640);
  }
  chownSync(path, 0, gid);
  chmodSync(path, 0o750);
}

/** Whether the caller has root's rights on files. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

// What is below the open directory is the caller's alone, whatever becomes of the names above it.
function remove(path: string): void {
  withDirectory(path, (directory: OpenDirectory) => {
    for (const name of readdirSync(directory.path))
      rmSync(join(directory.path, name), { recursive: true, force: true });
  });
  withDirectory(dirname(path), (parent) => rmdirSync(join(parent.path, basename(path))));
}
