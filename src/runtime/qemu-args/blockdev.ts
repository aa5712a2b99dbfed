import { parseKeyValues } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { type JsonObject, parseJsonObject } from './json.ts';
import { treeOf } from './leaves.ts';
import type { Reading } from './reading.ts';

/** `-blockdev`: a node and the nodes below it, as JSON or with dotted keys. */
export function readBlockdev(argument: Argument): Reading {
  return {
    blocks: [
      {
        argument,
        source: 'blockdev',
        id: null,
        options: parseNode(argument.value),
        fileName: null,
        kind: 'disk',
        snapshot: null,
      },
    ],
  };
}

function parseNode(text: string): JsonObject {
  if (text.startsWith('{')) return parseJsonObject(text);
  return treeOf(parseKeyValues(text, { impliedKey: 'driver', flags: false }));
}
