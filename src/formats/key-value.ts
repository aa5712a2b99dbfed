import { AppError } from '../errors.ts';

/** One `key=value` of a QEMU option, without the doubled commas. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface KeyValueSyntax {
  /** The key that a first word without `=` stands for: `driver` in `-device virtio-rng-pci`. */
  readonly impliedKey: string | null;
  /** Old syntax: a later bare word is a switch, `server` for `server=on` and `nowait` for `wait=off`. */
  readonly flags: boolean;
}

/**
 * Reads QEMU's `key=value,key=value` where `,,` stands for a comma in a value.
 * Follows util/qemu-option.c with flags and util/keyval.c without. A key may come twice: the last one counts.
 * Throws VP_ARGUMENT_MALFORMED for a bare word where none may stand.
 */
export function parseKeyValues(text: string, syntax: KeyValueSyntax): KeyValue[] {
  const pairs: KeyValue[] = [];
  for (let position = 0; position < text.length; ) {
    const implied = position === 0 ? syntax.impliedKey : null;
    const { pair, end } = parsePair(text, position, implied, syntax.flags);
    pairs.push(pair);
    position = end + 1;
  }
  return pairs;
}

interface Parsed {
  readonly pair: KeyValue;
  /** Where the separating comma is, or the end of the text. */
  readonly end: number;
}

function parsePair(text: string, start: number, implied: string | null, flags: boolean): Parsed {
  const keyEnd = findKeyEnd(text, start);
  const key = text.slice(start, keyEnd);
  const isReadable = flags || key !== '';
  if (isReadable && text[keyEnd] === '=') return parseValue(text, keyEnd + 1, key);
  if (isReadable && implied !== null) return parseValue(text, start, implied);
  if (flags) return { pair: parseFlag(key), end: keyEnd };
  throw new AppError('VP_ARGUMENT_MALFORMED', `expected key=value instead of '${key}'`, {
    column: start + 1,
  });
}

function parseFlag(word: string): KeyValue {
  return word.startsWith('no') ? { key: word.slice(2), value: 'off' } : { key: word, value: 'on' };
}

function findKeyEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && text[end] !== '=' && text[end] !== ',') end += 1;
  return end;
}

function parseValue(text: string, start: number, key: string): Parsed {
  let end = findComma(text, start);
  while (text[end + 1] === ',') end = findComma(text, end + 2);
  return { pair: { key, value: text.slice(start, end).replaceAll(',,', ',') }, end };
}

function findComma(text: string, start: number): number {
  const comma = text.indexOf(',', start);
  return comma === -1 ? text.length : comma;
}

/** Writes pairs so that parseKeyValues, without an implied key, reads the same ones again. */
export function printKeyValues(pairs: readonly KeyValue[]): string {
  return pairs.map(({ key, value }) => `${key}=${value.replaceAll(',', ',,')}`).join(',');
}

/** Several such texts as one, in their order. */
export function joinKeyValues(texts: readonly string[]): string {
  return texts.map(withoutEnd).join(',');
}

// A comma that ends a text would with the one that joins make `,,`, and so a part of a value of what comes next.
function withoutEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === ',') end -= 1;
  return (text.length - end) % 2 === 0 ? text : text.slice(0, -1);
}

/** The value that counts for `key`: the last one given. */
export function lastValue(pairs: readonly KeyValue[], key: string): string | null {
  // A start asks this hundreds of times: a loop costs it the least.
  for (let index = pairs.length - 1; index >= 0; index -= 1) {
    const pair = pairs[index];
    if (pair?.key === key) return pair.value;
  }
  return null;
}

/** Reads a switch as QEMU does: on, yes, true, y and their opposites, in lower case. Throws VP_ARGUMENT_MALFORMED. */
export function parseSwitch(key: string, value: string): boolean {
  if (['on', 'yes', 'true', 'y'].includes(value)) return true;
  if (['off', 'no', 'false', 'n'].includes(value)) return false;
  throw new AppError('VP_ARGUMENT_MALFORMED', `${key} is on or off, not '${value}'`);
}

const sizeSuffixes = 'bkmgtpe';

/** Reads a size as QEMU does (util/cutils.c): bytes, or with a suffix of B, K, M, G, T, P, E, in 1024s. Throws VP_ARGUMENT_MALFORMED. */
export function parseSize(key: string, value: string): number {
  const found = /^(0x[0-9a-f]+|\d+(?:\.\d+)?)([bkmgtpe]?)$/i.exec(value);
  const power = Math.max(sizeSuffixes.indexOf((found?.[2] || 'b').toLowerCase()), 0);
  const size = Math.floor(Number(found?.[1] ?? Number.NaN) * 1024 ** power);
  if (Number.isSafeInteger(size)) return size;
  throw new AppError('VP_ARGUMENT_MALFORMED', `${key} is a size, not '${value}'`);
}
