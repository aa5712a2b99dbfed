import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { describeSystemError, errorCode } from './system-error.ts';

export interface OutputFile {
  readonly name: string;
  /** Octal digits. */
  readonly mode: string;
  readonly text: string;
}

/**
 * Makes `directory` hold exactly these files, replaced as a whole: never a mixture of old and new.
 * Throws VP_OUT_INVALID when it holds anything that an earlier run did not write, and changes nothing then.
 */
export function writeOutput(directory: string, files: readonly OutputFile[]): void {
  const place = resolvePlace(directory);
  try {
    requireOwnFiles(place);
    const staged = stage(place, files);
    try {
      exchange(staged, place);
    } finally {
      rmSync(staged, { recursive: true, force: true });
    }
    syncDirectory(dirname(place));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw outputError(directory, describeSystemError(cause), cause);
  }
}

// A link to a directory stays a link.
function resolvePlace(directory: string): string {
  const absolute = resolve(directory);
  try {
    return realpathSync(absolute);
  } catch {
    return absolute;
  }
}

function requireOwnFiles(place: string): void {
  const found = listEntries(place);
  if (found.length === 0) return;
  const own = new Set(readManifestNames(join(place, 'manifest.json')));
  const foreign = found.find((name) => !own.has(name) || !lstatSync(join(place, name)).isFile());
  if (foreign === undefined) return;
  throw outputError(place, `${foreign} is not from an earlier run`);
}

function listEntries(place: string): readonly string[] {
  try {
    return readdirSync(place);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw cause;
  }
}

function readManifestNames(file: string): readonly string[] {
  try {
    const { generator, files } = JSON.parse(readFileSync(file, 'utf8'));
    if (generator.name !== 'provision generate') return [];
    return ['manifest.json', ...files.map((entry: { name: unknown }) => String(entry.name))];
  } catch {
    // Without a manifest of ours nothing in the directory counts as ours.
    return [];
  }
}

function stage(place: string, files: readonly OutputFile[]): string {
  mkdirSync(dirname(place), { recursive: true });
  const staged = mkdtempSync(join(dirname(place), `.${basename(place)}.`));
  try {
    for (const file of files) stageFile(staged, file);
    syncDirectory(staged, 0o755);
    return staged;
  } catch (error) {
    rmSync(staged, { recursive: true, force: true });
    throw error;
  }
}

function stageFile(directory: string, { name, mode, text }: OutputFile): void {
  const file = openSync(join(directory, name), 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fchmodSync(file, Number.parseInt(mode, 8));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

// rename(2) replaces an empty directory, not a full one: that one is moved aside until the new one stands.
function exchange(staged: string, place: string): void {
  if (listEntries(place).length === 0) renameSync(staged, place);
  else replaceFull(staged, place);
}

function replaceFull(staged: string, place: string): void {
  const aside = `${staged}.old`;
  renameSync(place, aside);
  try {
    renameSync(staged, place);
  } catch (error) {
    renameSync(aside, place);
    throw error;
  }
  rmSync(aside, { recursive: true });
}

function syncDirectory(directory: string, mode?: number): void {
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    if (mode !== undefined) fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function outputError(directory: string, reason: string, cause?: unknown): AppError {
  return new AppError('VP_OUT_INVALID', `cannot write to ${directory}: ${reason}`, {
    cause,
    path: directory,
    hint: 'give --out a directory that is absent, empty or written by `provision generate`',
  });
}
