import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LintFile } from '../../generate/lint/lint-file.ts';
import { readRegular } from '../read-regular.ts';
import { O_PATH } from '../root.ts';
import { fileError } from '../system-error.ts';

/** A spec that nobody but the caller or root can have written. */
export interface VouchedSpec {
  readonly why: null;
  /** The text of a file beside it that has the same owner; null for another, or when there is none. */
  readonly readBeside: (name: string) => string | null;
}

/** Whether the caller stands for what a spec and its directory hold; `why` says what speaks against it. */
export async function withVouchedSpec<T>(
  file: Pick<LintFile, 'path' | 'text'>,
  use: (spec: VouchedSpec | { readonly why: string }) => Promise<T>,
): Promise<T> {
  const directory = openDirectory(dirname(file.path));
  try {
    return await use(examine(file, directory));
  } finally {
    closeSync(directory);
  }
}

// One may look into a directory that one may not list.
function openDirectory(path: string): number {
  try {
    return openSync(path, O_PATH | constants.O_DIRECTORY);
  } catch (cause) {
    throw fileError('VP_FILE_READ', path, cause);
  }
}

function examine(
  { path, text }: Pick<LintFile, 'path' | 'text'>,
  directory: number,
): VouchedSpec | { readonly why: string } {
  const spec = readBelow(directory, basename(path));
  if (spec === null) return { why: 'it is a link, or not to be read any more' };
  if (spec.text !== text) return { why: 'somebody changes it meanwhile' };
  if (!isOurs(spec.facts)) return { why: `${danger} it` };
  if (!isOurs(fstatSync(directory))) return { why: `${danger} its directory` };
  const readBeside = (name: string) => {
    const found = readBelow(directory, name);
    return found !== null && isOurs(found.facts) && found.facts.uid === spec.facts.uid
      ? found.text
      : null;
  };
  return { why: null, readBeside };
}

const danger = 'rpm runs what its macros say, and somebody else can write';

function readBelow(directory: number, name: string) {
  const path = join(`/proc/self/fd/${directory}`, name);
  try {
    const { bytes, facts } = readRegular(path, { shown: name, flags: constants.O_NOFOLLOW });
    return { text: bytes.toString('utf8'), facts };
  } catch {
    // rpm itself says what it misses.
    return null;
  }
}

// The group of a user alone has the user's number, as useradd(8) makes it.
function isOurs({ uid, gid, mode }: Stats): boolean {
  const caller = process.geteuid?.();
  if (uid !== 0 && uid !== caller) return false;
  const isPrivate = caller !== 0 && gid === caller && gid === process.getegid?.();
  return (mode & (isPrivate ? 0o002 : 0o022)) === 0;
}
