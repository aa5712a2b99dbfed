import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../errors.ts';
import type { Target } from '../targets/target.ts';
import { errorCode, fileError } from './system-error.ts';

/** This program's own package on disk. */
export interface PackageFiles {
  readonly directory: string;
  readonly version: string;
}

/** Finds the package by walking up from the program's own file. */
export function findPackage(programFile: string): PackageFiles {
  const directory = dirname(programFile);
  if (directory === programFile) {
    const message = 'cannot find the files that belong to this program';
    throw new AppError('VP_FILE_READ', message, { hint: 'reinstall the package' });
  }
  const version = readVersion(join(directory, 'package.json'));
  return version === null ? findPackage(directory) : { directory, version };
}

function readVersion(file: string): string | null {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8'));
    return name === 'virt-privileges' ? String(version) : null;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null;
    throw fileError('VP_FILE_READ', file, cause);
  }
}

/** The table of targets, as the build made it of targets.yaml. */
export function readTargetTable({ directory }: PackageFiles): readonly Target[] {
  const file = join(directory, 'dist/targets.json');
  const { version, targets } = JSON.parse(readPackageFile(file));
  if (version === 1) return targets;
  throw new AppError('VP_INTERNAL', `${file} has version ${version}`, { path: file });
}

/** Every template: path below templates/ → text. */
export function readTemplates({ directory }: PackageFiles): Readonly<Record<string, string>> {
  const top = join(directory, 'templates');
  const files = readdirSync(top, { recursive: true, withFileTypes: true });
  const paths = files
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    paths.map((path) => [path.slice(top.length + 1), readPackageFile(path)]),
  );
}

function readPackageFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError('VP_FILE_READ', path, cause);
  }
}
