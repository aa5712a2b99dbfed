import { AppError } from '../../errors.ts';

/** PATH_MAX without the NUL, in bytes. */
const maximumLength = 4095;

/**
 * The absolute form of a path that QEMU, started in `directory`, gets as `text`. Doubled slashes and `.` go, and `..`
 * where the working directory, which has no links, answers it; a later `..` stays, since a link may come before it.
 * Throws VP_ARGUMENT_MALFORMED for what no file can be called.
 */
export function absolutePath(directory: string, text: string): string {
  if (text === '') throw new AppError('VP_ARGUMENT_MALFORMED', 'the file name is empty');
  if (isTooLong(text)) {
    throw new AppError('VP_ARGUMENT_MALFORMED', `a path is longer than ${maximumLength} bytes`);
  }
  const names = namesOf(text);
  return text.startsWith('/') ? `/${names.join('/')}` : absoluteFrom(directory, names);
}

// No unit of a string becomes more than three bytes, and to count them takes a start longer than the rest.
function isTooLong(text: string): boolean {
  return text.length * 3 > maximumLength && Buffer.byteLength(text) > maximumLength;
}

function absoluteFrom(directory: string, names: readonly string[]): string {
  const up = names.findIndex((name) => name !== '..');
  const climbs = up === -1 ? names.length : up;
  const base = namesOf(directory);
  const kept = base.slice(0, Math.max(base.length - climbs, 0));
  return `/${[...kept, ...names.slice(climbs)].join('/')}`;
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
