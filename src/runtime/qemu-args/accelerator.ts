import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import type { BlockUse } from './block.ts';
import type { HostPath } from './host-path.ts';
import {
  type Accelerators,
  type Context,
  hostPath,
  joinReadings,
  type Reading,
} from './reading.ts';
import { judgeLeaves, partsOf } from './unknown.ts';

/** `-accel`: one accelerator; several options are tried in their order. */
export function readAccel(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  const name = lastValue(parts, 'accel') ?? '';
  const accelerators: Accelerators = { source: 'accel', names: [name], argument };
  return { ...joinReadings([judgeLeaves(argument, parts, context)]), accelerators };
}

/** `-machine`: its accelerators, and the flash that block nodes make. */
export function readMachine(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  const list = lastValue(parts, 'accel');
  const reading = joinReadings([
    { uses: usesOf(argument, parts) },
    judgeLeaves(argument, parts, context),
  ]);
  if (list === null) return reading;
  return { ...reading, accelerators: { source: 'machine', names: list.split(':'), argument } };
}

/** `-enable-kvm` is short for `-machine accel=kvm`. */
export function readEnableKvm(argument: Argument): Reading {
  return { accelerators: { source: 'machine', names: ['kvm'], argument } };
}

function usesOf(argument: Argument, parts: readonly KeyValue[]): BlockUse[] {
  const flashes = parts.filter(({ key, value }) => /^pflash[01]$/.test(key) && value !== '');
  const details = { argument, shared: false, readOnly: false, flash: true };
  return flashes.map(({ value }) => ({ ...details, name: value }));
}

/**
 * /dev/kvm, where an accelerator asks for it; with another one to fall back to it is optional. `emulator`: QEMU tries
 * KVM of its own accord when its file name ends with kvm (system/vl.c).
 */
export function describeAccelerators(
  given: readonly Accelerators[],
  emulator: string | null,
  context: Context,
): HostPath[] {
  const machine = given.findLast(({ source }) => source === 'machine');
  const counting = given.filter((each) => each.source === 'accel' || each === machine);
  const names = counting.flatMap((each) => each.names);
  if (names.length === 0 && emulator?.endsWith('kvm')) return [describeDefault(emulator, context)];
  return counting
    .filter((each) => each.names.includes('kvm'))
    .map(({ argument }) => describeKvm(argument, names.length > 1, context));
}

function describeDefault(emulator: string, context: Context): HostPath {
  return describeKvm({ option: null, value: '', text: emulator }, true, context);
}

function describeKvm(argument: Argument, optional: boolean, context: Context): HostPath {
  return hostPath(context, argument, '/dev/kvm', { kind: 'device-node', access: 'rw', optional });
}
