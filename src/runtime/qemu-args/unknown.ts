import type { KeyValue } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { partsOf } from './parts.ts';
import { isAddress, kindOfCreated, looksLikePath } from './path-keys.ts';
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
  const readings: Reading[] = [];
  leaves.forEach((leaf) => {
    const part = bareWord(leaf);
    if (looksLikePath(option, part)) readings.push(judgePart(argument, part, context));
  });
  return joinReadings(readings);
}

// A bare word later in a list is read as a switch of that name, but an unknown option may take it for a file.
function bareWord(leaf: KeyValue): KeyValue {
  const { key } = leaf;
  const isName = key.includes('/') || (key.includes(':') && isAddress(key));
  return isName ? { key: '', value: key } : leaf;
}

function judgePart(argument: Argument, part: KeyValue, context: Context): Reading {
  const created = kindOfCreated(argument.option ?? '', part);
  return judgePath(argument, part.key, part.value, context, created);
}
