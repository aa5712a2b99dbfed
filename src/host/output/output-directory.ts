import {
  fsyncSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isThere, type OpenDirectory, withDirectory } from '../open-directory.ts';
import { errorCode } from '../system-error.ts';
import { outputError, outputFailure } from './output-error.ts';
import { type OutputFile, writeFiles } from './output-files.ts';
import { readManifestNames } from './output-manifest.ts';
import { repairPlace, type Staging, withStaging } from './output-staging.ts';

export type { OutputFile } from './output-files.ts';

/**
 * Makes `directory` hold exactly these files, replaced as a whole: never a mixture of old and new.
 * Throws VP_OUT_INVALID when it holds anything that an earlier run did not write or cannot be
 * replaced, VP_MISSING_PRIVILEGE and VP_FILE_WRITE; it is as it was then. What a run left that was
 * killed is repaired first.
 */
export function writeOutput(directory: string, files: readonly OutputFile[]): void {
  try {
    const place = resolvePlace(directory);
    if (place === '/') throw outputError(directory, 'it is the root of the file system');
    requireElsewhere(directory, place);
    withParent(dirname(place), (parent) => replace(directory, parent, basename(place), files));
  } catch (cause) {
    throw outputFailure(directory, cause);
  }
}

// A link to a directory stays a link.
function resolvePlace(directory: string): string {
  const absolute = resolve(directory);
  try {
    return realpathSync(absolute);
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause;
    if (isThere(absolute)) throw outputError(directory, 'it is a symbolic link to nothing');
    return absolute;
  }
}

// Whoever stands in it would go on standing in the old one, which is removed.
function requireElsewhere(directory: string, place: string): void {
  if (!`${workingDirectory()}/`.startsWith(`${place}/`)) return;
  const hint =
    'the directory is replaced as a whole: run it from the directory above, or from elsewhere';
  throw outputError(directory, 'it is the working directory or holds it', hint);
}

// The kernel's words: Node's own call fails where the directory has been removed.
function workingDirectory(): string {
  return readlinkSync('/proc/self/cwd');
}

/** Opens the directory, made when it is not there and then removed again when `work` fails. */
function withParent(path: string, work: (parent: OpenDirectory) => void): void {
  const first = mkdirSync(path, { recursive: true });
  try {
    withDirectory(realpathSync(path), work);
  } catch (error) {
    if (first !== undefined) removeEmpty(path, dirname(first));
    throw error;
  }
}

function removeEmpty(path: string, end: string): void {
  try {
    for (let each = path; each !== end; each = dirname(each)) rmdirSync(each);
  } catch {
    // Somebody else uses it by now.
  }
}

function replace(
  directory: string,
  parent: OpenDirectory,
  name: string,
  files: readonly OutputFile[],
): void {
  repairPlace(parent, name);
  const place = join(parent.path, name);
  requireOwnFiles(directory, place);
  withStaging(parent, name, (staging) => {
    writeFiles(staging.fresh, files);
    exchange(directory, staging, place);
    fsyncSync(parent.descriptor);
  });
}

// rename(2) replaces an empty directory, not a full one: that one is moved aside until the new one stands,
// and put back when that fails.
function exchange(directory: string, { fresh, aside }: Staging, place: string): void {
  if (isThere(place) && readdirSync(place).length > 0) renameSync(place, aside);
  // Something may have been added since it was looked at.
  requireOwnFiles(directory, aside);
  renameSync(fresh, place);
}

function requireOwnFiles(directory: string, place: string): void {
  if (!isThere(place)) return;
  if (!lstatSync(place).isDirectory()) throw outputError(directory, 'not a directory');
  if (readdirSync(place).length === 0) return;
  const foreign = findForeign(directory, place, readManifestNames(place));
  if (foreign !== null) throw outputError(directory, `${foreign} is not from an earlier run`);
}

// Root removes the old content by its names: whoever else may write there could exchange them meanwhile.
function requireClosed(directory: string, place: string): void {
  const { uid, mode } = lstatSync(place);
  if (process.geteuid?.() !== 0 || (uid === 0 && (mode & 0o022) === 0)) return;
  const why = uid === 0 ? 'others may write in it' : `it belongs to uid ${uid}`;
  throw outputError(directory, why, 'run it as the owner of the directory, or give another one');
}

/** A regular file may be ours; so may a directory that has something of ours in it. */
function findForeign(
  directory: string,
  place: string,
  own: readonly string[],
  below = '',
): string | null {
  requireClosed(directory, join(place, below));
  for (const entry of readdirSync(join(place, below), { withFileTypes: true })) {
    const name = `${below}${entry.name}`;
    const isOwn = entry.isFile() && own.includes(name);
    if (isOwn) continue;
    // What nobody's manifest names is not looked into: it may be a whole file system.
    const isParent = entry.isDirectory() && own.some((one) => one.startsWith(`${name}/`));
    if (!isParent || readdirSync(join(place, name)).length === 0) return name;
    const foreign = findForeign(directory, place, own, `${name}/`);
    if (foreign !== null) return foreign;
  }
  return null;
}
