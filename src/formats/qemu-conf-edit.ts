import { AppError } from '../errors.ts';
import {
  type ConfEntry,
  type ConfValue,
  findEntry,
  parseQemuConf,
  type QemuConf,
} from './qemu-conf.ts';

/** What a key of qemu.conf can be set to. */
export type ConfSetting = string | number | readonly string[];

/**
 * Sets `key` in the text of a qemu.conf and keeps every other byte: the first active line is changed
 * in place and later ones, which libvirt ignores, are commented out; without an active line one is
 * added below the last commented sample, else at the end. New text stays inside libvirt's augeas lens.
 * Throws VP_QEMU_CONF_SYNTAX for a text that libvirt refuses, VP_QEMU_CONF_VALUE for a value it cannot hold.
 */
export function setQemuConf(text: string, key: string, value: ConfSetting): string {
  const conf = parseQemuConf(text, 'qemu.conf');
  const [first, ...duplicates] = conf.entries.filter((entry) => entry.key === key);
  if (first === undefined) return insertLine(text, conf, key, printSetting(key, value));
  const tail = duplicates.reduceRight(commentOut, text).slice(first.end);
  const kept = text.slice(first.start, first.end);
  const written = isSetting(first.value, value) ? kept : printSetting(key, value);
  return text.slice(0, first.start) + written + tail;
}

/** True when libvirt reads `value` for `key` from this file. */
export function hasSetting(conf: QemuConf, key: string, value: ConfSetting): boolean {
  const entry = findEntry(conf, key);
  return entry !== undefined && isSetting(entry.value, value);
}

/** A setting as it stands in the file: double quotes, plain decimal numbers, lists of strings. */
export function printSetting(key: string, value: ConfSetting): string {
  if (typeof value === 'string') return printString(key, value);
  if (typeof value === 'number') return printNumber(key, value);
  return value.length === 0
    ? '[]'
    : `[ ${value.map((item) => printString(key, item)).join(', ')} ]`;
}

function printString(key: string, value: string): string {
  // The file format has no escapes, and control characters end a line or a value.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!/["\u0000-\u001f\u007f]/.test(value)) return `"${value}"`;
  throw valueError(key, 'a quotation mark or a control character', 'use a value without them');
}

function printNumber(key: string, value: number): string {
  if (Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)) return String(value);
  throw valueError(key, `the number ${value}`, 'use a whole number from 0 upwards');
}

function valueError(key: string, what: string, hint: string): AppError {
  return new AppError('VP_QEMU_CONF_VALUE', `qemu.conf cannot hold ${what} for '${key}'`, { hint });
}

function isSetting(found: ConfValue, wanted: ConfSetting): boolean {
  if (found.type === 'integer')
    return typeof wanted === 'number' && !found.signed && found.value === BigInt(wanted);
  if (found.type === 'string') return found.value === wanted;
  return (
    typeof wanted === 'object' &&
    wanted.length === found.value.length &&
    found.value.every((item, index) => item.type === 'string' && item.value === wanted[index])
  );
}

function commentOut(text: string, entry: ConfEntry): string {
  const eol = lineEnding(text);
  const start = text.lastIndexOf(entry.key, entry.start - 1);
  const before = text.slice(0, start);
  const startsLine = /(^|[\r\n])[ \t]*$/.test(before);
  const statement = text.slice(start, entry.end).replace(/\r\n|\n|\r/g, '$&#');
  const note = `# commented out: libvirt uses the first '${entry.key}' only`;
  const rest = afterStatement(text.slice(entry.end), eol);
  return `${before}${startsLine ? '' : eol}${note}${eol}#${statement}${rest}`;
}

// A `;` would stand inside the comment and take the statement behind it along.
function afterStatement(rest: string, eol: string): string {
  const separator = /^[ \t]*;[ \t]*/.exec(rest)?.[0];
  if (separator === undefined) return rest;
  const behind = rest.slice(separator.length);
  return behind === '' || /^[\r\n]/.test(behind) ? behind : eol + behind;
}

function insertLine(text: string, conf: QemuConf, key: string, printed: string): string {
  const eol = lineEnding(text);
  const at = endOfSample(text, conf, key) ?? text.length;
  const before = text.slice(0, at);
  const gap = before === '' || /[\r\n]$/.test(before) ? '' : eol;
  return `${before}${gap}${key} = ${printed}${eol}${text.slice(at)}`;
}

// libvirt's own samples have no blank behind `#`, its prose has; a sample list may span lines.
function endOfSample(text: string, conf: QemuConf, key: string): number | null {
  const sample = new RegExp(
    `(?<=^|[\\r\\n])#${key}[ \\t]*=[ \\t]*(\\[[^\\]\\r\\n]*((\\r\\n|\\n|\\r)#[^\\]\\r\\n]*)*\\])?[^\\r\\n]*(\\r\\n|\\n|\\r|$)`,
    'g',
  );
  const isComment = (at: number) => conf.entries.every(({ start, end }) => at < start || at >= end);
  const last = [...text.matchAll(sample)].filter((match) => isComment(match.index)).at(-1);
  return last === undefined ? null : last.index + last[0].length;
}

function lineEnding(text: string): string {
  return /\r\n/.test(text) ? '\r\n' : '\n';
}
