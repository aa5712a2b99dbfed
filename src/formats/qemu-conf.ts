import { AppError } from '../errors.ts';
import {
  type ConfValue,
  type Cursor,
  current,
  isEnd,
  isLineEnd,
  parseValue,
  skipBlanks,
  skipBlanksAndLines,
  syntaxError,
} from './qemu-conf-value.ts';

export type { ConfValue } from './qemu-conf-value.ts';

/** One assignment. `start` and `end` are the offsets of the value in the text, `line` that of the key. */
export interface ConfEntry {
  readonly key: string;
  readonly value: ConfValue;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

export interface QemuConf {
  readonly file: string;
  readonly entries: readonly ConfEntry[];
}

/**
 * The assignments of a qemu.conf in order, duplicates included. Takes and refuses what libvirt's
 * own parser does (virconf.c of 11.3, flags 0); throws VP_QEMU_CONF_SYNTAX with libvirt's words.
 */
export function parseQemuConf(text: string, file: string): QemuConf {
  const cursor: Cursor = { text, file, at: 0, line: 1, depth: 0 };
  const entries: ConfEntry[] = [];
  while (!isEnd(cursor)) {
    skipBlanksAndLines(cursor);
    if (current(cursor) === '#') skipComment(cursor);
    else entries.push(parseAssignment(cursor));
    skipSeparator(cursor);
  }
  return { file, entries };
}

function parseAssignment(cursor: Cursor): ConfEntry {
  const { line } = cursor;
  const key = parseName(cursor);
  skipBlanks(cursor);
  if (current(cursor) !== '=') throw syntaxError(cursor, 'expecting an assignment');
  cursor.at += 1;
  skipBlanks(cursor);
  const start = cursor.at;
  const value = parseValue(cursor);
  const end = cursor.at;
  skipBlanks(cursor);
  if (current(cursor) === '#') skipComment(cursor);
  return { key, value, line, start, end };
}

function parseName(cursor: Cursor): string {
  const name = /[A-Za-z][A-Za-z0-9_]*/y;
  name.lastIndex = cursor.at;
  const match = name.exec(cursor.text);
  if (match === null) throw syntaxError(cursor, 'expecting a name');
  cursor.at += match[0].length;
  return match[0];
}

function skipComment(cursor: Cursor): void {
  while (!isEnd(cursor) && !isLineEnd(cursor)) cursor.at += 1;
}

function skipSeparator(cursor: Cursor): void {
  skipBlanks(cursor);
  if (isEnd(cursor)) return;
  if (current(cursor) === ';') cursor.at += 1;
  else if (!isLineEnd(cursor)) throw syntaxError(cursor, 'expecting a separator');
  skipBlanksAndLines(cursor);
}

/** The entry that counts for libvirt: of a duplicated key the first. Keys are case-sensitive. */
export function findEntry(conf: QemuConf, key: string): ConfEntry | undefined {
  return conf.entries.find((entry) => entry.key === key);
}

/** The string that `key` is set to, null when it is not set; throws VP_QEMU_CONF_VALUE for another type. */
export function stringSetting(conf: QemuConf, key: string): string | null {
  const entry = findEntry(conf, key);
  if (entry === undefined) return null;
  if (entry.value.type === 'string') return entry.value.value;
  const written = entry.value.type === 'integer' ? String(entry.value.value) : '…';
  throw valueError(conf, entry, `expected a string for '${key}' parameter`, {
    hint: `write the value in quotes: ${key} = "${written}"`,
  });
}

/** The boolean (0 or 1) that `key` is set to, `fallback` when it is not set; throws VP_QEMU_CONF_VALUE. */
export function booleanSetting(conf: QemuConf, key: string, fallback: boolean): boolean {
  const entry = findEntry(conf, key);
  if (entry === undefined) return fallback;
  const hint = `write ${key} = 0 or ${key} = 1`;
  if (entry.value.type !== 'integer' || entry.value.signed)
    throw valueError(conf, entry, `expected a bool for '${key}' parameter`, { hint });
  if (entry.value.value > 1n)
    throw valueError(conf, entry, `value for '${key}' parameter must be 0 or 1`, { hint });
  return entry.value.value === 1n;
}

/** The error for a value that cannot be used: VP_QEMU_CONF_VALUE with its place. */
export function valueError(
  conf: QemuConf,
  entry: ConfEntry,
  message: string,
  details: { readonly hint: string },
): AppError {
  const { file } = conf;
  const { line } = entry;
  return new AppError('VP_QEMU_CONF_VALUE', `${file}:${line}: ${message}`, {
    ...details,
    path: file,
    line,
  });
}
