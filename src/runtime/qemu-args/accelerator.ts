import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import type { BlockUse } from './block.ts';
import type { HostPath } from './host-path.ts';
import { partsOf } from './parts.ts';
import {
  type Accelerators,
  type Context,
  hostPath,
  joinReadings,
  type Reading,
} from './reading.ts';
import { readParts } from './resources.ts';
import { judgeLeaves } from './unknown.ts';

/** `-accel`: one accelerator; several options are tried in their order. */
export function readAccel(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  const name = lastValue(parts, 'accel') ?? '';
  const device = name === 'kvm' ? lastValue(parts, 'device') : null;
  const accelerator: Accelerators = { source: 'accel', names: [name], device, argument };
  const others = device === null ? parts : parts.filter(({ key }) => key !== 'device');
  return { ...judgeLeaves(argument, others, context), accelerators: [accelerator] };
}

/** `-machine`: its accelerators, and the flash that block nodes make. */
export function readMachine(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  const list = lastValue(parts, 'accel');
  const reading = joinReadings([
    { uses: usesOf(argument, parts) },
    readParts(argument, parts, context),
  ]);
  if (list === null) return reading;
  const names = list.split(':');
  return { ...reading, accelerators: [{ source: 'machine', names, device: null, argument }] };
}

/** `-enable-kvm` is short for `-machine accel=kvm`. */
export function readEnableKvm(argument: Argument): Reading {
  return { accelerators: [{ source: 'machine', names: ['kvm'], device: null, argument }] };
}

function usesOf(argument: Argument, parts: readonly KeyValue[]): BlockUse[] {
  const details = { argument, shared: false, readOnly: false, kind: 'flash' } as const;
  const uses: BlockUse[] = [];
  for (const { key, value } of parts) {
    const isFlash = key === 'pflash0' || key === 'pflash1';
    if (isFlash && value !== '') uses.push({ ...details, name: value });
  }
  return uses;
}

/** The accelerators that count, and what they open. */
export interface Acceleration {
  readonly paths: readonly HostPath[];
  /** There is an accelerator, and none but KVM. */
  readonly isKvmOnly: boolean;
}

/**
 * /dev/kvm, where an accelerator asks for it; with another one to fall back to it is optional. `emulator`: QEMU tries
 * KVM of its own accord when its file name ends with kvm (system/vl.c).
 */
export function settleAccelerators(
  given: readonly Accelerators[],
  emulator: string | null,
  context: Context,
): Acceleration {
  // Of several `-machine accel=` the last counts, each `-accel` adds one.
  const machine = given.findLast(({ source }) => source === 'machine');
  const counting = given.filter((each) => each.source === 'accel' || each === machine);
  const names = counting.flatMap((each) => each.names);
  return names.includes('kvm')
    ? { paths: namedKvm(counting, names.length > 1, context), isKvmOnly: names.every(isKvm) }
    : { paths: impliedKvm(names, emulator, context), isKvmOnly: false };
}

function isKvm(name: string): boolean {
  return name === 'kvm';
}

function namedKvm(
  given: readonly Accelerators[],
  optional: boolean,
  context: Context,
): readonly HostPath[] {
  return given
    .filter((each) => each.names.includes('kvm'))
    .map(({ argument, device }) => describeKvm(argument, device, optional, context));
}

function impliedKvm(
  names: readonly string[],
  emulator: string | null,
  context: Context,
): HostPath[] {
  if (names.length > 0 || emulator?.endsWith('kvm') !== true) return [];
  return [describeKvm({ option: null, value: '', text: emulator }, null, true, context)];
}

function describeKvm(
  argument: Argument,
  device: string | null,
  optional: boolean,
  context: Context,
): HostPath {
  const details = { kind: 'device-node', access: 'rw', optional } as const;
  return hostPath(context, argument, device ?? '/dev/kvm', details);
}
