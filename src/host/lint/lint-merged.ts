import { constants, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path/posix';
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

/** The files that udev, systemd-sysusers and systemd-tmpfiles of the root read, overridden and masked ones left out. */
export function readMergedFiles(root: Root): readonly LintFile[] {
  return places.flatMap((place) => mergePlace(root, place));
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

function mergePlace(root: Root, { kind, suffix, directories }: Place): readonly LintFile[] {
  const merged = new Map<string, string>();
  for (const directory of directories)
    for (const name of listNames(root, directory))
      if (name.endsWith(suffix) && !merged.has(name)) merged.set(name, directory);
  return [...merged].flatMap(([name, directory]) => {
    const text = readUnmasked(root, directory, name);
    if (text === null || text === '') return [];
    return [{ path: pathInRoot(root, join(directory, name)), name, kind, text }];
  });
}

function listNames(root: Root, directory: string): readonly string[] {
  return withPath(root, directory, constants.O_DIRECTORY, (found) => {
    return found === null ? [] : readdirSync(`/proc/self/fd/${found}`).sort();
  });
}

// An empty file or a link to /dev/null takes the name and brings nothing; so does a link to nowhere.
function readUnmasked(root: Root, directory: string, name: string): string | null {
  const isFile = withPath(root, directory, constants.O_DIRECTORY, (found) => {
    const entry = `/proc/self/fd/${found}/${name}`;
    const facts = lstatSync(entry, { throwIfNoEntry: false });
    if (facts === undefined || facts.isDirectory()) return false;
    return !facts.isSymbolicLink() || resolve(directory, readlinkSync(entry)) !== '/dev/null';
  });
  return isFile ? readText(root, join(directory, name)) : null;
}
