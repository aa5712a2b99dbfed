import { AppError } from '../errors.ts';
import { parseConfIdentity } from './qemu-conf-identity.ts';
import { findConfKey, type KeyKind } from './qemu-conf-keys.ts';
import { typeProblem } from './qemu-conf-type.ts';
import type { ConfValue } from './qemu-conf-value.ts';

/** What a key of qemu.conf can be set to. */
export type ConfSetting = string | number | readonly string[];

/**
 * A setting as it stands in the file: double quotes, plain decimal numbers, lists of strings. Throws
 * VP_QEMU_CONF_VALUE for what libvirt would refuse for this key, and for what its augeas lens cannot read.
 */
export function printSetting(key: string, value: ConfSetting): string {
  const kind = findConfKey(key)?.kind;
  const setting = kind === 'names' ? oneName(key, value) : value;
  if (kind !== undefined) checkSetting(key, kind, setting);
  return printValue(key, setting);
}

function printValue(key: string, value: ConfSetting): string {
  if (typeof value === 'string') return printString(key, value);
  if (typeof value === 'number') return printNumber(key, value);
  return value.length === 0
    ? '[]'
    : `[ ${value.map((item) => printString(key, item)).join(', ')} ]`;
}

function printString(key: string, value: string): string {
  // libvirt takes a backslash as itself; its lens excludes it together with the quotation mark.
  if (value.includes('\\'))
    throw holdError(key, 'a backslash', "libvirt's augeas lens reads none: write it by hand");
  // The file format has no escapes, and control characters end a line or a value.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!/["\u0000-\u001f\u007f]/.test(value)) return `"${value}"`;
  throw holdError(key, 'a quotation mark or a control character', 'use a value without them');
}

function printNumber(key: string, value: number): string {
  if (isWritable(value)) return String(value);
  throw holdError(key, `the number ${value}`, 'use a whole number from 0 upwards');
}

// The lens has no sign.
function isWritable(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}

// libvirt takes a list here, and its lens does not.
function oneName(key: string, value: ConfSetting): ConfSetting {
  if (typeof value !== 'object') return value;
  const [only] = value;
  if (only !== undefined && value.length === 1) return only;
  const hint = "libvirt's augeas lens reads one string here; a list has to be written by hand";
  throw holdError(key, `a list of ${value.length}`, hint);
}

function checkSetting(key: string, kind: KeyKind, value: ConfSetting): void {
  // Numbers that no file can hold have a message of their own.
  if (typeof value === 'number' && !isWritable(value)) return;
  const problem = typeProblem(key, kind, toConfValue(value));
  if (problem !== null) throw settingError(key, problem, kindHints[kind]);
  if (typeof value === 'string' && !patterns[kind]?.(value))
    throw settingError(key, `'${value}' is none of its values`, kindHints[kind]);
}

// What libvirt, its lens and its documentation agree on, by kind; the other kinds take any string.
const patterns: Readonly<Record<KeyKind, (text: string) => boolean>> = {
  string: () => true,
  names: () => true,
  list: () => true,
  switch: () => true,
  count: () => true,
  signed: () => true,
  identity: isPlainIdentity,
  core: (text) => text === 'unlimited',
  bytes: (text) => /^[0-9]+[a-zA-Z]+$/.test(text),
};

const kindHints: Readonly<Record<KeyKind, string>> = {
  string: 'it is a string',
  identity: 'use the name of an account, or "+" and its number',
  names: 'it is a string',
  list: 'it is a list of strings',
  switch: 'it is 0 or 1',
  count: 'it is a whole number',
  signed: 'it is a whole number',
  core: 'it is a number of bytes, or unlimited',
  bytes: 'it is a number of bytes, or a number with its unit',
};

// libvirt takes some that mean root, or a number other than the one that is written.
function isPlainIdentity(text: string): boolean {
  const identity = parseConfIdentity(text);
  if (identity.kind === 'number') return identity.isPlain;
  return identity.kind === 'name' && !/[\s:"]/.test(text) && !/^-/.test(text);
}

/** What libvirt reads once the setting is written; for a whole number. */
export function toConfValue(value: ConfSetting): ConfValue {
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'number') return { type: 'integer', value: BigInt(value), signed: false };
  return { type: 'list', value: value.map((item) => ({ type: 'string', value: item })) };
}

function holdError(key: string, what: string, hint: string): AppError {
  return new AppError('VP_QEMU_CONF_VALUE', `qemu.conf cannot hold ${what} for '${key}'`, { hint });
}

function settingError(key: string, problem: string, hint: string): AppError {
  return new AppError('VP_QEMU_CONF_VALUE', `cannot set '${key}': ${problem}`, { hint });
}
