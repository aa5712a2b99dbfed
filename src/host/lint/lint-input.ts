import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError, type Finding } from '../../errors.ts';
import type { LintFile, LintKind } from '../../generate/lint/lint-file.ts';
import { installedName, isLeftOut, kindOfRole } from '../../generate/lint/lint-payload.ts';
import { readRegular } from '../read-regular.ts';
import { fileError } from '../system-error.ts';
import { LARGEST_LINTED } from './lint-merged.ts';

/** Files that belong together, and what reading them has found. */
export interface LintInput {
  readonly files: readonly LintFile[];
  readonly findings: readonly Finding[];
  /** The target that they were generated for; null when they do not say, `all` for a set for all of them. */
  readonly target: string | null;
}

/** The words of the command: the files together, and each generated directory by itself. Throws VP_USAGE or VP_FILE_READ. */
export function readLintInput(paths: readonly string[]): readonly LintInput[] {
  const directories = paths.filter(isDirectory);
  const files = paths.filter((path) => !directories.includes(path)).map(readLintFile);
  const loose = files.length === 0 ? [] : [{ files, findings: [], target: null }];
  return [...loose, ...directories.map(readGenerated)];
}

/** The text of a regular file of at most 1 MiB; a pipe or a device is not waited for. */
export function readLintText(path: string): string {
  try {
    return readRegular(path, { shown: path, largest: LARGEST_LINTED }).bytes.toString('utf8');
  } catch (cause) {
    throw fileError('VP_FILE_READ', path, cause);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function readLintFile(path: string): LintFile {
  requirePresent(path);
  const kind = kindOf(path);
  return { path, name: installedName(basename(path), null), kind, text: readLintText(path) };
}

// Of a name that is mistyped the kind is no question.
function requirePresent(path: string): void {
  try {
    statSync(path);
  } catch (cause) {
    throw fileError('VP_FILE_READ', path, cause);
  }
}

function kindOf(path: string): LintKind {
  const found = patterns.find(([pattern]) => pattern.test(resolve(path)));
  if (found !== undefined) return found[1];
  const hint =
    'by its name: *.rules, *.sysusers, *.tmpfiles, *.conf in sysusers.d or tmpfiles.d, qemu.conf, *.yaml (a policy), *.spec, or a directory that `provision generate` wrote';
  throw new AppError('VP_USAGE', `cannot tell what kind of file ${path} is`, { path, hint });
}

const patterns: readonly (readonly [RegExp, LintKind])[] = [
  [/\.(rules|udev)$/, 'udev-rules'],
  [/\.sysusers$|\/sysusers\.d\/[^/]+\.conf$/, 'sysusers'],
  [/\.tmpfiles$|\/tmpfiles\.d\/[^/]+\.conf$/, 'tmpfiles'],
  [/\/qemu\.conf$/, 'qemu-conf'],
  [/\.ya?ml$/, 'policy'],
  [/\.spec$/, 'spec'],
];

interface ManifestEntry {
  readonly name: string;
  readonly role: string;
  readonly destination: string | null;
  readonly sha256: string;
}

function readGenerated(directory: string): LintInput {
  const file = join(directory, 'manifest.json');
  const { target, entries } = parseManifest(readLintText(file), file);
  const texts = entries.map((entry) => {
    const path = join(directory, entry.name);
    requireWithin(directory, path);
    return { entry, path, text: readLintText(path) };
  });
  return {
    files: texts.flatMap(({ entry, path, text }) => generatedFile(entry, path, text)),
    findings: texts.flatMap(({ entry, path, text }) => compareHash(entry, path, text)),
    target,
  };
}

// A link among what was generated is not from the generator.
function requireWithin(directory: string, path: string): void {
  try {
    if (realpathSync(path).startsWith(`${realpathSync(directory)}/`)) return;
  } catch (cause) {
    throw fileError('VP_FILE_READ', path, cause);
  }
  throw new AppError('VP_FILE_READ', `cannot read ${path}: it leads out of ${directory}`, { path });
}

function parseManifest(text: string, file: string) {
  try {
    const { target, files } = JSON.parse(text);
    const entries: readonly ManifestEntry[] = files.map(readEntry);
    return { target: String(target), entries };
  } catch (cause) {
    const hint = 'name files, or a directory that `provision generate` wrote';
    throw new AppError('VP_FILE_READ', `cannot understand ${file}`, { cause, path: file, hint });
  }
}

// The manifest may be somebody else's: its names must not lead out of the directory.
function readEntry(entry: Readonly<Record<string, unknown>>): ManifestEntry {
  const [name, role, sha256] = ['name', 'role', 'sha256'].map((key) => String(entry[key]));
  const destination = entry['destination'] == null ? null : String(entry['destination']);
  if (name === undefined || !/^([A-Za-z0-9_][A-Za-z0-9._@+-]*(\/(?!$)|$))+$/.test(name))
    throw new Error(`the name ${name}`);
  return { name, role: role ?? '', destination, sha256: sha256 ?? '' };
}

function generatedFile(entry: ManifestEntry, path: string, text: string): readonly LintFile[] {
  const kind = kindOfRole(entry.role);
  const name = installedName(basename(entry.name), entry.destination);
  return kind === null || isLeftOut(entry.role, entry.destination)
    ? []
    : [{ path, name, kind, text }];
}

function compareHash(entry: ManifestEntry, path: string, text: string): readonly Finding[] {
  if (createHash('sha256').update(text, 'utf8').digest('hex') === entry.sha256) return [];
  const message = 'the file is not as it was generated';
  const hint = `change the policy instead, and run provision generate --out ${dirname(path)}`;
  return [{ code: 'VP_LINT_MANIFEST', severity: 'warning', path, message, hint }];
}
