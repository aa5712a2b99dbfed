import { parseKeyValues } from '../../formats/key-value.ts';
import { type Argument, attempt } from './argument.ts';
import type { JsonObject } from './json.ts';
import { driverOf, isSet } from './resources.ts';
import { partsOf } from './unknown.ts';

/** What QEMU is denied unless its arguments need it. */
export type Need =
  /** To bind threads to processors. */
  | 'affinity'
  /** io_uring. */
  | 'rings'
  /** Machine code made as it runs, by a software renderer. */
  | 'code'
  /** What windows, sound and renderers read of the system. */
  | 'desktop'
  /** The settings and keys of remote disks. */
  | 'ceph'
  | 'ssh';

const windows = /^(?:gtk|sdl|egl-headless|dbus|spice-app)$/;
const sound = /^(?:alsa|pa|pipewire|jack|oss|sndio|sdl|dbus|spice)$/;
const renderers = /-gl(?:-|$)|rutabaga/;

/** By the option and its keys alone: what a file, a guest or an id is called needs nothing. */
export function readNeeds(argument: Argument): readonly Need[] {
  return attempt(
    argument,
    () => needsOf(argument),
    // It is an error already.
    () => [],
  );
}

function needsOf(argument: Argument): readonly Need[] {
  switch (argument.option) {
    case 'object':
      return driverIn(argument) === 'thread-context' ? ['affinity'] : [];
    case 'device':
      return needsOfDevice(argument);
    case 'display':
      return needsOfDisplay(argument);
    case 'spice':
      return ['desktop', ...(drawsSpice(argument) ? ['code' as const] : [])];
    case 'sdl':
      return ['desktop'];
    case 'audiodev':
    case 'audio':
      return sound.test(driverIn(argument)) ? ['desktop'] : [];
    default:
      return [];
  }
}

function driverIn(argument: Argument): string {
  return driverOf(argument, partsOf(argument));
}

function needsOfDevice(argument: Argument): readonly Need[] {
  const parts = partsOf(argument);
  const draws = renderers.test(driverOf(argument, parts)) || isSet(parts, 'virgl');
  return draws ? ['code', 'desktop'] : [];
}

function needsOfDisplay(argument: Argument): readonly Need[] {
  const parts = partsOf(argument);
  const type = driverOf(argument, parts);
  if (type === 'egl-headless' || isSet(parts, 'gl')) return ['code', 'desktop'];
  return windows.test(type) ? ['desktop'] : [];
}

function drawsSpice({ value }: Argument): boolean {
  return isSet(parseKeyValues(value, { impliedKey: null, flags: true }), 'gl');
}

/** The same of a block node, by its driver and its own options. */
export function needsOfNode(driver: string | null, options: JsonObject): readonly Need[] {
  if (driver === 'rbd') return ['ceph'];
  if (driver === 'ssh') return ['ssh'];
  const isRing = driver?.includes('io_uring') === true || options.get('aio') === 'io_uring';
  return isRing ? ['rings'] : [];
}
