import { AppError } from '../errors.ts';

export type ConfValue =
  | { readonly type: 'string'; readonly value: string }
  /** `signed`: written with `-`, which libvirt never takes as a boolean or an unsigned number. */
  | { readonly type: 'integer'; readonly value: bigint; readonly signed: boolean }
  | { readonly type: 'list'; readonly value: readonly ConfValue[] };

/** Where the parser stands; `line` counts only `\n`, as libvirt does. */
export interface Cursor {
  readonly text: string;
  readonly file: string;
  at: number;
  line: number;
  /** How many lists are open around the cursor. */
  depth: number;
}

const LARGEST = 2n ** 63n - 1n;
// libvirt has no limit but its stack.
const DEEPEST = 1000;

/** Reads a string, a list or a number (libvirt virconf.c, virConfParseValue). */
export function parseValue(cursor: Cursor): ConfValue {
  skipBlanks(cursor);
  const char = current(cursor);
  if (char === '"' || char === "'") return { type: 'string', value: parseString(cursor) };
  if (char === '[') return { type: 'list', value: parseList(cursor) };
  if (/^[-+0-9]/.test(char)) return parseNumber(cursor);
  throw syntaxError(cursor, 'expecting a value');
}

// Triple quotes count only with more than six bytes left; there are no escapes anywhere.
function parseString(cursor: Cursor): string {
  const { text, at } = cursor;
  const isTriple = text.startsWith('"""', at) && at + 6 < text.length;
  return isTriple ? parseTripleQuoted(cursor) : parseQuoted(cursor, current(cursor));
}

function parseQuoted(cursor: Cursor, quote: string): string {
  const start = cursor.at + 1;
  cursor.at = start;
  while (!isEnd(cursor) && !isLineEnd(cursor) && current(cursor) !== quote) cursor.at += 1;
  if (current(cursor) !== quote) throw syntaxError(cursor, 'unterminated string');
  cursor.at += 1;
  return stringBetween(cursor, start, cursor.at - 1);
}

function parseTripleQuoted(cursor: Cursor): string {
  const start = cursor.at + 3;
  const end = cursor.text.indexOf('"""', start);
  const stop = end < 0 ? cursor.text.length - 2 : end;
  cursor.line += cursor.text.slice(start, stop).split('\n').length - 1;
  if (end < 0) throw syntaxError(cursor, 'unterminated string');
  cursor.at = end + 3;
  return stringBetween(cursor, start, end);
}

// libvirt copies with strndup: a NUL ends the value.
function stringBetween(cursor: Cursor, start: number, end: number): string {
  return cursor.text.slice(start, end).split('\0', 1)[0] ?? '';
}

function parseList(cursor: Cursor): readonly ConfValue[] {
  const values: ConfValue[] = [];
  cursor.at += 1;
  cursor.depth += 1;
  if (cursor.depth > DEEPEST) throw syntaxError(cursor, 'lists are nested too deeply');
  skipBlanksAndLines(cursor);
  while (!isEnd(cursor) && current(cursor) !== ']') {
    if (values.length > 0 && isTrailingComma(cursor)) break;
    values.push(parseValue(cursor));
    skipBlanksAndLines(cursor);
  }
  if (current(cursor) !== ']') throw syntaxError(cursor, 'list is not closed with ]');
  cursor.at += 1;
  cursor.depth -= 1;
  return values;
}

function isTrailingComma(cursor: Cursor): boolean {
  if (current(cursor) !== ',') throw syntaxError(cursor, 'expecting a separator in list');
  cursor.at += 1;
  skipBlanksAndLines(cursor);
  return current(cursor) === ']';
}

function parseNumber(cursor: Cursor): ConfValue {
  const sign = /^[-+]?/.exec(current(cursor))?.[0] ?? '';
  cursor.at += sign.length;
  if (!isDigit(cursor)) throw syntaxError(cursor, 'unterminated number');
  let magnitude = 0n;
  while (isDigit(cursor)) {
    magnitude = magnitude * 10n + BigInt(current(cursor));
    if (magnitude > LARGEST)
      throw syntaxError(cursor, 'numeric overflow in conf value', 'numerical overflow');
    cursor.at += 1;
  }
  return { type: 'integer', value: sign === '-' ? -magnitude : magnitude, signed: sign === '-' };
}

/** The character at the cursor, or the empty string at the end. */
export function current(cursor: Cursor): string {
  return cursor.text.charAt(cursor.at);
}

export function isEnd(cursor: Cursor): boolean {
  return cursor.at >= cursor.text.length;
}

/** A `\r` alone ends a line too. */
export function isLineEnd(cursor: Cursor): boolean {
  const char = current(cursor);
  return char === '\n' || char === '\r';
}

function isDigit(cursor: Cursor): boolean {
  return /^[0-9]/.test(current(cursor));
}

export function skipBlanks(cursor: Cursor): void {
  while (current(cursor) === ' ' || current(cursor) === '\t') cursor.at += 1;
}

export function skipBlanksAndLines(cursor: Cursor): void {
  for (skipBlanks(cursor); isLineEnd(cursor); skipBlanks(cursor)) {
    if (current(cursor) === '\n') cursor.line += 1;
    cursor.at += 1;
  }
}

/** libvirt's own text: the line is the one where parsing stopped. */
export function syntaxError(
  cursor: Cursor,
  message: string,
  domain = 'configuration file syntax error',
): AppError {
  const { file, line } = cursor;
  const text = `${domain}: ${file}:${line}: ${message}`;
  const hint = 'libvirt refuses this file too; a value is "text", a number, or a [list] of them';
  return new AppError('VP_QEMU_CONF_SYNTAX', text, { path: file, line, hint });
}
