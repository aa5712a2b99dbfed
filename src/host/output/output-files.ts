import { closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../open-directory.ts';

export interface OutputFile {
  /** Path below the directory. */
  readonly name: string;
  /** Octal digits. */
  readonly mode: string;
  readonly text: string;
}

/** Makes the directory with these files, their modes whatever the umask is, and has all of it on disk. */
export function writeFiles(directory: string, files: readonly OutputFile[]): void {
  const directories = [...new Set(files.flatMap(({ name }) => parentsOf(name)))].sort();
  const paths = ['.', ...directories].map((name) => join(directory, name));
  for (const path of paths) mkdirSync(path, { mode: 0o700 });
  for (const file of files) writeOne(directory, file);
  for (const path of paths.toReversed()) syncDirectory(path, 0o755);
}

/** `a/b/c` has the parents `a/b` and `a`. */
function parentsOf(name: string): readonly string[] {
  const parent = dirname(name);
  return parent === '.' ? [] : [parent, ...parentsOf(parent)];
}

function writeOne(directory: string, { name, mode, text }: OutputFile): void {
  const file = openSync(join(directory, name), 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fchmodSync(file, Number.parseInt(mode, 8));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
