import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AllowedPath } from '../../src/runtime/qemu-args/allowed.ts';
import type { HostLookup } from '../../src/runtime/qemu-args/host-lookup.ts';
import type { HostPath } from '../../src/runtime/qemu-args/host-path.ts';
import { parseQemuArguments, type QemuArguments } from '../../src/runtime/qemu-args/parse.ts';

export function parse(
  argv: readonly string[],
  allowed: readonly AllowedPath[] = [],
  host?: HostLookup,
): QemuArguments {
  return parseQemuArguments(argv, { directory: '/vm', allowed, ...(host ? { host } : {}) });
}

/**
 * A host in small: each file by its path with its text, `-> TARGET` for a link. Directories are what
 * the paths show.
 */
export function makeHost(files: Readonly<Record<string, string>>): HostLookup {
  const paths = Object.keys(files);
  const below = (directory: string) => paths.filter((path) => path.startsWith(`${directory}/`));
  const nameIn = (directory: string, path: string) =>
    path.slice(directory.length + 1).split('/')[0] ?? '';
  return {
    exists: (path) => Object.hasOwn(files, path) || below(path).length > 0,
    list: (directory) => [
      ...new Set(
        below(directory)
          .map((path) => nameIn(directory, path))
          .sort(),
      ),
    ],
    link: (path) => /^-> (?:.*\/)?(.*)$/.exec(files[path] ?? '')?.[1] ?? null,
    isRootsOwn: (path) => files[path] === 'root',
    attribute: (path) => files[path] ?? null,
  };
}

/** Words of a shell-like line without quotes; a JSON argument is written without spaces. */
export function words(line: string): string[] {
  return line.split(' ').filter((word) => word !== '');
}

/** `/x disk rw shared`: a path in one line. */
export function brief(named: HostPath): string {
  const { path, kind, access, shared, created, optional, device } = named;
  const marks = Object.entries({ shared, created, optional }).filter(([, holds]) => holds);
  const words = [path, kind, access, ...marks.map(([name]) => name)];
  return [...words, ...(device === undefined ? [] : [`(${device})`])].join(' ');
}

/** The paths of a command line, each in one line. */
export function pathsOf(
  line: string,
  allowed: readonly AllowedPath[] = [],
  host?: HostLookup,
): string[] {
  return parse(words(line), allowed, host).paths.map(brief);
}

/** The findings of a command line: `code message`. */
export function findingsOf(
  line: string,
  allowed: readonly AllowedPath[] = [],
  host?: HostLookup,
): string[] {
  return parse(words(line), allowed, host).findings.map(
    ({ code, message }) => `${code} ${message}`,
  );
}

/** Each line names exactly these paths, and nothing is wrong with it. */
export function testUnderstood(lines: readonly (readonly [string, ...string[]])[]): void {
  for (const [line, ...paths] of lines) {
    test(`understood: ${line}`, () => {
      assert.deepEqual(pathsOf(line), paths);
      const errors = findingsOf(line).filter((finding) => !finding.startsWith('VP_WARN'));
      assert.deepEqual(errors, []);
    });
  }
}
