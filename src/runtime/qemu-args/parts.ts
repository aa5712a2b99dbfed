import { type KeyValue, lastValue, parseKeyValues } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { parseJsonObject } from './json.ts';
import { leavesOf } from './leaves.ts';
import { impliedKeyOf, isPathOption } from './path-keys.ts';

/** QEMU options that also take JSON. */
const jsonOptions = new Set([
  'object',
  'device',
  'netdev',
  'audiodev',
  'display',
  'chardev',
  'numa',
]);

/** The parts of an argument: the texts of a JSON object, the pairs of a list, or one file name. */
export function partsOf({ option, value }: Argument): KeyValue[] {
  const name = option ?? '';
  if (value.startsWith('{') && jsonOptions.has(name)) return leavesOf(parseJsonObject(value));
  if (isPathOption(name)) return [{ key: '', value }];
  return parseKeyValues(value, { impliedKey: impliedKeyOf(name), flags: true });
}

/** What the argument's first word says: a driver, a type. */
export function driverOf({ option }: Argument, parts: readonly KeyValue[]): string {
  return lastValue(parts, impliedKeyOf(option ?? '')) ?? '';
}

const off: readonly (string | null)[] = [null, '', 'off', 'no', 'false', 'n'];

/** Is the switch on, or the property given? */
export function isSet(parts: readonly KeyValue[], key: string): boolean {
  return !off.includes(lastValue(parts, key));
}
