import type { AllowedPath } from '../../src/runtime/qemu-args/allowed.ts';
import type { HostPath } from '../../src/runtime/qemu-args/host-path.ts';
import { parseQemuArguments, type QemuArguments } from '../../src/runtime/qemu-args/parse.ts';

export function parse(
  argv: readonly string[],
  allowed: readonly AllowedPath[] = [],
): QemuArguments {
  return parseQemuArguments(argv, { directory: '/vm', allowed });
}

/** Words of a shell-like line without quotes; a JSON argument is written without spaces. */
export function words(line: string): string[] {
  return line.split(' ').filter((word) => word !== '');
}

/** `/x disk rw shared`: a path in one line. */
export function brief({ path, kind, access, shared, created, optional }: HostPath): string {
  const marks = Object.entries({ shared, created, optional }).filter(([, holds]) => holds);
  return [path, kind, access, ...marks.map(([name]) => name)].join(' ');
}

/** The paths of a command line, each in one line. */
export function pathsOf(line: string, allowed: readonly AllowedPath[] = []): string[] {
  return parse(words(line), allowed).paths.map(brief);
}

/** The findings of a command line: `code message`. */
export function findingsOf(line: string, allowed: readonly AllowedPath[] = []): string[] {
  return parse(words(line), allowed).findings.map(({ code, message }) => `${code} ${message}`);
}
