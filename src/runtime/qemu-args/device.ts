import { type KeyValue, lastValue, parseSwitch } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import type { BlockUse } from './block.ts';
import { readImplied } from './implied.ts';
import { type Context, joinReadings, type Reading } from './reading.ts';
import { judgeLeaves, partsOf } from './unknown.ts';

/** Properties that name a drive or block node. */
const driveKeys = ['drive', 'driveA', 'driveB'];

/** Devices that only read their drive. */
const readers = new Set(['ide-cd', 'scsi-cd']);

/** `-device`: which drives it uses and how; its other properties are judged as everywhere. */
export function readDevice(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  return joinReadings([
    { uses: usesOf(argument, parts) },
    readImplied(argument, parts, context),
    judgeLeaves(argument, parts, context),
  ]);
}

function usesOf(argument: Argument, parts: readonly KeyValue[]): BlockUse[] {
  const shared = lastValue(parts, 'share-rw');
  const details = {
    argument,
    shared: shared !== null && parseSwitch('share-rw', shared),
    readOnly: readers.has(lastValue(parts, 'driver') ?? ''),
    flash: false,
  };
  return driveKeys
    .map((key) => lastValue(parts, key) ?? '')
    .filter((name) => name !== '')
    .map((name) => ({ ...details, name }));
}
