import { splitWords } from './unquote.ts';

/** One line of tmpfiles.d(5); a field is null when it is left out or a dash. */
export interface TmpfilesLine {
  readonly line: number;
  readonly type: string;
  /** What stands behind the type, such as `!` for at boot only. */
  readonly modifiers: string;
  readonly path: string;
  /** Octal, perhaps with the prefixes `~` and `:`. */
  readonly mode: string | null;
  readonly user: string | null;
  readonly group: string | null;
  readonly age: string | null;
  readonly argument: string | null;
}

/** A line that systemd-tmpfiles refuses. */
export interface TmpfilesFault {
  readonly line: number;
  readonly message: string;
}

export interface Tmpfiles {
  readonly lines: readonly TmpfilesLine[];
  readonly faults: readonly TmpfilesFault[];
}

/** Reads a tmpfiles.d file as systemd-tmpfiles does; a line that it refuses is a fault, not an error. */
export function parseTmpfiles(text: string): Tmpfiles {
  const read = text
    .split('\n')
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'))
    .map((line) => readLine(line.text, line.line));
  return {
    lines: read.flatMap((line) => ('path' in line ? [line] : [])),
    faults: read.flatMap((line) => ('message' in line ? [line] : [])),
  };
}

function readLine(text: string, line: number): TmpfilesLine | TmpfilesFault {
  // The argument is the rest of the line, its quotation marks included.
  const words = splitWords(text, 6);
  if (words === null) return { line, message: 'a quotation mark is never closed' };
  const [action = '', path = '', ...fields] = words;
  const [type = '', ...modifiers] = action;
  if (!/^[A-Za-z]$/.test(type)) return { line, message: `unknown type '${action}'` };
  if (!path.startsWith('/') && !path.startsWith('%'))
    return { line, message: path === '' ? 'there is no path' : `the path ${path} is not absolute` };
  const [mode, user, group, age, argument] = fields.map(orNull);
  return {
    line,
    type,
    modifiers: modifiers.join(''),
    path,
    mode: mode ?? null,
    user: user ?? null,
    group: group ?? null,
    age: age ?? null,
    argument: argument ?? null,
  };
}

function orNull(field: string): string | null {
  return field === '' || field === '-' ? null : field;
}
