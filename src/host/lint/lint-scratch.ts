import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A private directory with copies, for tools that must not see anything else. */
export interface Scratch {
  readonly path: string;
  /** Writes a copy below the directory and gives its path. */
  readonly write: (name: string, text: string) => string;
}

/** Makes the directory, calls `use`, and removes it whatever happens. */
export async function withScratch<T>(use: (scratch: Scratch) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'virt-privileges-lint-'));
  try {
    return await use({ path, write });
  } finally {
    rmSync(path, { recursive: true, force: true });
  }

  function write(name: string, text: string): string {
    const place = join(path, name);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text, { flag: 'wx', mode: 0o600 });
    return place;
  }
}

/** Gives a scratch directory and its copies, which lie in it flat, to somebody without rights. */
export function giveAway({ path }: Scratch, names: readonly string[], id: number): void {
  for (const name of names) chownSync(join(path, name), id, id);
  chownSync(path, id, id);
  chmodSync(path, 0o700);
}
