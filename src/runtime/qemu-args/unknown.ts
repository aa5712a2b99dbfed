import { type KeyValue, parseKeyValues } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { parseJsonObject } from './json.ts';
import { leavesOf } from './leaves.ts';
import {
  addressPrefix,
  impliedKeyOf,
  isPathOption,
  kindOfCreated,
  looksLikePath,
} from './path-keys.ts';
import { type Context, joinReadings, judgePath, type Reading } from './reading.ts';

/** An option that nobody here understands: every part that looks like a path needs `--allow`, the rest is left alone. */
export function readUnknown(argument: Argument, context: Context): Reading {
  return judgeLeaves(argument, partsOf(argument), context);
}

/** Those of the given parts that look like paths need `--allow`. */
export function judgeLeaves(
  argument: Argument,
  leaves: readonly KeyValue[],
  context: Context,
): Reading {
  const option = argument.option ?? '';
  const suspects = leaves.map(bareWord).filter((leaf) => looksLikePath(option, leaf));
  return joinReadings(
    suspects.map((leaf) =>
      judgePath(argument, leaf.key, leaf.value, context, kindOfCreated(option, leaf)),
    ),
  );
}

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
  if (isPathOption(option ?? '')) return [{ key: '', value }];
  if (value.startsWith('{') && jsonOptions.has(option ?? ''))
    return leavesOf(parseJsonObject(value));
  return parseKeyValues(value, { impliedKey: impliedKeyOf(option ?? ''), flags: true });
}

// A bare word later in a list is read as a switch of that name, but an unknown option may take it for a file.
function bareWord(leaf: KeyValue): KeyValue {
  return leaf.key.includes('/') || addressPrefix.test(leaf.key)
    ? { key: '', value: leaf.key }
    : leaf;
}
