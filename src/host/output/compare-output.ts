import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../../errors.ts';
import { errorCode, fileError } from '../system-error.ts';
import type { OutputFile } from './output-files.ts';
import { readManifestNames } from './output-manifest.ts';

/** One file of a directory that is not as it would be written; null where there is none. */
export interface Difference {
  readonly name: string;
  readonly kind: 'changed' | 'missing' | 'stale';
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * What `writeOutput` would change in the directory. Files that no run of ours wrote are nobody's
 * difference: a packager keeps others beside these. Throws VP_FILE_READ.
 */
export function compareOutput(
  directory: string,
  files: readonly OutputFile[],
): readonly Difference[] {
  requireDirectory(directory);
  const wanted = new Set(files.map(({ name }) => name));
  const stale = readManifestNames(directory).filter((name) => !wanted.has(name));
  return [
    ...files.flatMap(({ name, text }) => compare(directory, name, text)),
    ...stale.flatMap((name) => compare(directory, name, null)),
  ];
}

// A misspelt directory is no difference but an error.
function requireDirectory(directory: string): void {
  try {
    readFileSync(join(directory, '.'));
  } catch (cause) {
    if (errorCode(cause) !== 'EISDIR') throw fileError('VP_FILE_READ', directory, cause);
  }
}

function compare(directory: string, name: string, after: string | null): readonly Difference[] {
  const before = readOwn(directory, name);
  if (before === after) return [];
  const kind = before === null ? 'missing' : after === null ? 'stale' : 'changed';
  return [{ name, kind, before, after }];
}

// A link or a pipe in the place of a file or directory of ours is not followed.
function readOwn(directory: string, name: string): string | null {
  const path = join(directory, name);
  try {
    const isBelow = realpathSync(dirname(path)) === join(realpathSync(directory), dirname(name));
    if (isBelow && lstatSync(path).isFile()) return readFileSync(path, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null;
    throw fileError('VP_FILE_READ', path, cause);
  }
  throw new AppError('VP_FILE_READ', `cannot compare ${path}: it is no regular file`, { path });
}
