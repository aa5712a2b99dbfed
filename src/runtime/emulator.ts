import { constants, openSync, readSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { describeProgram } from '../formats/program.ts';
import type { AccessIdentity } from './access.ts';
import { checkAccess, openChecker } from './access.ts';
import type { Emulator } from './confinement/system-rules.ts';
import { systemPath } from './environment.ts';
import { findFile, lookAt, withDescriptor } from './files.ts';
import type { Native } from './native.ts';

/**
 * The emulator as an absolute path that `identity` may execute. A bare name
 * is looked for in `searchPath`; root's is fixed, since PATH is the caller's.
 */
export function findEmulator(
  native: Native,
  word: string,
  identity: AccessIdentity,
  searchPath: string = systemPath,
): string {
  const path = word.includes('/') ? resolve(word) : search(word, searchPath);
  const facts = path === null ? null : lookAt(path);
  if (path === null || facts === null) throw notFound(word);
  if (facts !== 'hidden') requireProgram(path, facts);
  const problems = checkAccess(openChecker(native, identity), path, { execute: true });
  if (problems.length === 0) return path;
  const why = problems.map(({ message }) => message).join('; ');
  throw notExecutable(path, why, problems.map(({ hint }) => hint).join('\n'));
}

/** The emulator as a program: which file it is, and what its first bytes say of loader and libraries. */
export function describeEmulator(path: string): Emulator {
  return { path, found: findFile(path), program: readProgram(path) };
}

// Who may execute it need not be able to read it.
function readProgram(path: string): Emulator['program'] {
  try {
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    return withDescriptor(openSync(path, flags), (descriptor) =>
      describeProgram((offset, length) => {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
      }),
    );
  } catch {
    return unknownEmulator(path).program;
  }
}

/** One of which nothing is known. */
export function unknownEmulator(path: string): Emulator {
  return { path, found: null, program: { kind: 'other', interpreter: null, libraries: [] } };
}

function requireProgram(path: string, facts: Stats): void {
  if (!facts.isFile()) throw notExecutable(path, 'it is no regular file');
  if ((facts.mode & 0o111) === 0) throw notExecutable(path, 'nobody may execute it');
}

function search(name: string, searchPath: string): string | null {
  const directories = searchPath.split(':').filter((directory) => directory.startsWith('/'));
  return directories.map((directory) => `${directory}/${name}`).find(isSeen) ?? null;
}

// What the caller may not see it may not run either: like execvp(3), the search goes on.
function isSeen(path: string): boolean {
  const facts = lookAt(path);
  return facts !== null && facts !== 'hidden';
}

function notFound(word: string): AppError {
  return new AppError('VP_EMULATOR_NOT_FOUND', `there is no emulator ${word}`, {
    path: word,
    hint: 'install it, or give its whole path',
  });
}

function notExecutable(path: string, why: string, hint?: string): AppError {
  return new AppError('VP_EMULATOR_NOT_EXECUTABLE', `cannot execute ${path}: ${why}`, {
    path,
    hint: hint ?? 'give the path of a QEMU system emulator',
  });
}
