import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What came of looking: a value, nothing there (any more), or no right to see it. */
export type Reading<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly why: string };

export function readText(path: string): Reading<string> {
  return attempt(() => readFileSync(path, 'utf8'));
}

export function readLink(path: string): Reading<string> {
  return attempt(() => readlinkSync(path));
}

/** The names in a directory that are numbers, as numbers in their order. */
export function readNumbers(path: string): Reading<readonly number[]> {
  return attempt(() =>
    readdirSync(path)
      .filter((name) => /^[0-9]{1,10}$/.test(name))
      .map(Number)
      .sort((a, b) => a - b),
  );
}

/** Calls what reads from /proc. A process may end between any two reads; rights may be missing: neither is an error. */
export function attempt<T>(read: () => T): Reading<T> {
  try {
    return { kind: 'value', value: read() };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // ESRCH comes from a file that is already open.
    if (code === 'ENOENT' || code === 'ESRCH') return { kind: 'gone' };
    return { kind: 'refused', why: reasons[code] ?? code };
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EIO: 'input or output error',
};

export function orNull<T>(reading: Reading<T>): T | null {
  return reading.kind === 'value' ? reading.value : null;
}
