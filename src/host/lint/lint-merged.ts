import { constants, fstatSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path/posix';
import { AppError, type Finding } from '../../errors.ts';
import { parseOsRelease, targetId } from '../../formats/os-release.ts';
import type { LintAccounts, LintFile, LintKind } from '../../generate/lint/lint-file.ts';
import { readAccountFiles } from '../facts/read-accounts.ts';
import { pathInRoot, type Root, withPath } from '../root.ts';
import { readText } from '../root-files.ts';

interface Place {
  readonly kind: LintKind;
  readonly suffix: string;
  /** The first one that has a name takes it from the others. */
  readonly directories: readonly string[];
}

const places: readonly Place[] = [
  place(
    'udev-rules',
    '.rules',
    ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'],
    'udev/rules.d',
  ),
  place('sysusers', '.conf', ['/etc', '/run', '/usr/local/lib', '/usr/lib'], 'sysusers.d'),
  place('tmpfiles', '.conf', ['/etc', '/run', '/usr/local/lib', '/usr/lib'], 'tmpfiles.d'),
];

/** What the root has, and which files of it were not looked at. */
export interface MergedFiles {
  readonly files: readonly LintFile[];
  readonly findings: readonly Finding[];
}

const MEBIBYTE = 1024 * 1024;
/** What is larger is no configuration, in bytes: readers of one line may need the stack for its length. */
export const LARGEST_LINTED = MEBIBYTE;
const LARGEST_TOGETHER = 32 * MEBIBYTE;

/**
 * The files that udev, systemd-sysusers and systemd-tmpfiles of the root read, overridden and masked ones left out.
 * Throws VP_FILE_READ for one that cannot be looked at, for it may be what counts.
 */
export function readMergedFiles(root: Root): readonly LintFile[] {
  const { files, findings } = lookAtMergedFiles(root);
  const [unread] = findings;
  if (unread === undefined) return files;
  const { path = root.path, message, hint } = unread;
  throw new AppError('VP_FILE_READ', `${path}: ${message}`, { path, hint });
}

/** The same for a check: what is too large for configuration or no text is a finding. */
export function lookAtMergedFiles(root: Root): MergedFiles {
  const files: LintFile[] = [];
  const findings: Finding[] = [];
  let left = LARGEST_TOGETHER;
  for (const entry of places.flatMap((place) => listPlace(root, place))) {
    const { text, size, why } = readEntry(root, entry, left);
    left -= size;
    const path = pathInRoot(root, join(entry.directory, entry.name));
    if (why !== null) findings.push(notLookedAt(path, why));
    else if (text !== '') files.push({ path, name: entry.name, kind: entry.kind, text });
  }
  return { files, findings };
}

/** The accounts of the root, unless another release stands there than `target`: null then. */
export function readLintAccounts(root: Root, target: string): LintAccounts | null {
  const id = readReleaseId(root);
  return id === null || id === target ? readAccountFiles(root) : null;
}

/** The release that stands in the root, as `debian-13`; null when os-release names none. */
export function readReleaseId(root: Root): string | null {
  const text = readText(root, '/etc/os-release') ?? readText(root, '/usr/lib/os-release') ?? '';
  return targetId(parseOsRelease(text));
}

function place(kind: LintKind, suffix: string, tops: readonly string[], directory: string): Place {
  return { kind, suffix, directories: tops.map((top) => join(top, directory)) };
}

interface Entry {
  readonly kind: LintKind;
  readonly directory: string;
  readonly name: string;
}

function listPlace(root: Root, { kind, suffix, directories }: Place): readonly Entry[] {
  const merged = new Map<string, string>();
  for (const directory of directories)
    for (const name of listNames(root, directory))
      if (name.endsWith(suffix) && !merged.has(name)) merged.set(name, directory);
  return [...merged].map(([name, directory]) => ({ kind, directory, name }));
}

interface Reading {
  readonly text: string;
  /** In bytes, as far as they were read. */
  readonly size: number;
  /** Why it was not looked at. */
  readonly why: string | null;
}

function readEntry(root: Root, entry: Entry, left: number): Reading {
  const size = sizeUnmasked(root, entry);
  if (size > LARGEST_LINTED) return { text: '', size: 0, why: 'it is larger than 1 MiB' };
  if (size > left) return { text: '', size: 0, why: 'all files together are larger than 32 MiB' };
  const text = size > 0 ? readText(root, join(entry.directory, entry.name), LARGEST_LINTED) : null;
  const why = text?.includes('\0') ? 'it holds NUL bytes' : null;
  return { text: text ?? '', size, why };
}

// Not a matter of taste: what was not looked at may be what counts.
function notLookedAt(path: string, why: string): Finding {
  const message = `the file was not looked at: ${why}`;
  return { code: 'VP_LINT_NOT_RUN', severity: 'warning', path, message, hint: '' };
}

function listNames(root: Root, directory: string): readonly string[] {
  return withPath(root, directory, constants.O_DIRECTORY, (found) => {
    return found === null ? [] : readdirSync(`/proc/self/fd/${found}`).sort();
  });
}

// An empty file or a link to /dev/null takes the name and brings nothing; so does a link to nowhere.
function sizeUnmasked(root: Root, { directory, name }: Entry): number {
  const isFile = withPath(root, directory, constants.O_DIRECTORY, (found) => {
    const entry = `/proc/self/fd/${found}/${name}`;
    const facts = lstatSync(entry, { throwIfNoEntry: false });
    if (facts === undefined || facts.isDirectory()) return false;
    return !facts.isSymbolicLink() || resolve(directory, readlinkSync(entry)) !== '/dev/null';
  });
  return isFile ? sizeOf(root, join(directory, name)) : 0;
}

function sizeOf(root: Root, path: string): number {
  return withPath(root, path, 0, (place) => {
    if (place === null) return 0;
    const facts = fstatSync(place);
    // A pipe says 0, and reading it says what it is.
    return facts.isFile() ? facts.size : 1;
  });
}
