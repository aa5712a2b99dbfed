import { withoutControls } from '../errors.ts';
import type { ConfEntry, ConfValue } from '../formats/qemu-conf.ts';

/** The active settings for people: `LINE: KEY = VALUE`. */
export function printEntries(entries: readonly ConfEntry[]): string {
  const lines = entries.map(({ line, key, value }) => `${line}: ${key} = ${printValue(value)}`);
  return lines.map((line) => `${withoutControls(line)}\n`).join('');
}

/** A value as the file may have it. */
function printValue(value: ConfValue): string {
  if (value.type === 'integer') return plainInteger(value);
  if (value.type === 'list')
    return value.value.length === 0 ? '[]' : `[ ${value.value.map(printValue).join(', ')} ]`;
  return `"${value.value}"`;
}

/** A value for scripts: a string or number on a line, each item of a list on its own. */
export function printPlainValue(value: ConfValue): string {
  if (value.type === 'list') return value.value.map(printPlainValue).join('');
  return `${value.type === 'integer' ? plainInteger(value) : value.value}\n`;
}

/** The fields of an entry that documents have. */
export function entryDocument({ key, value, line }: ConfEntry): object {
  return { key, value: plainValue(value), line, type: value.type };
}

/** A value for documents; JSON's numbers lose digits beyond 2^53. */
export function plainValue(value: ConfValue): unknown {
  if (value.type === 'list') return value.value.map(plainValue);
  if (value.type === 'string') return value.value;
  const number = Number(value.value);
  return Number.isSafeInteger(number) ? number : plainInteger(value);
}

function plainInteger({ value }: Extract<ConfValue, { type: 'integer' }>): string {
  return String(value);
}
