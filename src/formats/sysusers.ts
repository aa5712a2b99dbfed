import { splitWords } from './unquote.ts';

/** One line of sysusers.d(5); a field is null when it is left out or a dash. */
export interface SysusersLine {
  readonly line: number;
  /** As it is written, without blanks around it. */
  readonly text: string;
  readonly type: 'u' | 'g' | 'm' | 'r';
  /** What stands behind the type: `!` or nothing. */
  readonly modifier: string;
  readonly name: string;
  readonly id: string | null;
  readonly comment: string | null;
  readonly home: string | null;
  readonly shell: string | null;
}

export interface SysusersComment {
  readonly line: number;
  readonly text: string;
}

/** A line that systemd-sysusers refuses. */
export interface SysusersFault {
  readonly line: number;
  readonly message: string;
}

export interface Sysusers {
  readonly lines: readonly SysusersLine[];
  readonly comments: readonly SysusersComment[];
  readonly faults: readonly SysusersFault[];
}

/** Reads a sysusers.d file as systemd-sysusers does; a line that it refuses is a fault, not an error. */
export function parseSysusers(text: string): Sysusers {
  const written = text
    .split('\n')
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '');
  const isComment = (line: SysusersComment) => line.text.startsWith('#');
  const read = written.filter((line) => !isComment(line)).map(readLine);
  return {
    lines: read.flatMap((line) => ('name' in line ? [line] : [])),
    comments: written.filter(isComment),
    faults: read.flatMap((line) => ('message' in line ? [line] : [])),
  };
}

/** `107:qemu` → uid 107 and group qemu, as far as the field of a `u` line says them. */
export function splitUserId(id: string | null): {
  readonly uid: string | null;
  readonly group: string | null;
} {
  const [uid = '', group = ''] = (id ?? '').split(':');
  return { uid: orNull(uid), group: orNull(group) };
}

function readLine({ line, text }: SysusersComment): SysusersLine | SysusersFault {
  const words = splitWords(text);
  if (words === null) return { line, message: 'a quotation mark is never closed' };
  const [action = '', name = '', id = '', comment = '', home = '', shell = '', ...more] = words;
  const fields = { comment: orNull(comment), home: orNull(home), shell: orNull(shell) };
  const [type = '', ...modifiers] = action;
  const modifier = modifiers.join('');
  const read = { line, text, modifier, name, id: orNull(id), ...fields };
  const message = describeFault(type, read, more);
  return message === null ? { ...read, type: type as SysusersLine['type'] } : { line, message };
}

function describeFault(
  type: string,
  line: Omit<SysusersLine, 'type'>,
  more: readonly string[],
): string | null {
  if (!['u', 'g', 'm', 'r'].includes(type)) return `unknown type '${type}'`;
  const isKnown = line.modifier === '' || (type === 'u' && line.modifier === '!');
  if (!isKnown) return `unknown modifier '${type}${line.modifier}'`;
  if (line.name === '') return 'there is no name';
  if (more.length > 0) return `too many fields: ${more.join(' ')}`;
  if (type === 'm' && line.id === null) return 'a membership needs a group';
  if (type === 'r' && (line.name !== '-' || line.id === null)) return 'a range is r - FROM-TO';
  const isBare = line.comment === null && line.home === null && line.shell === null;
  return type === 'u' || isBare
    ? null
    : `a line of type ${type} has only a name and one more field`;
}

function orNull(field: string): string | null {
  return field === '' || field === '-' ? null : field;
}
