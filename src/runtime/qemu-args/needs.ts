import type { KeyValue } from '../../formats/key-value.ts';
import type { JsonObject } from './json.ts';
import { isSet } from './parts.ts';

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

const windows = ['gtk', 'sdl', 'egl-headless', 'dbus', 'spice-app'];
const sound = ['alsa', 'pa', 'pipewire', 'jack', 'oss', 'sndio', 'sdl', 'dbus', 'spice'];

/** By the option, its driver and its keys alone: what a file, a guest or an id is called needs nothing. */
export function needsOfParts(
  option: string,
  driver: string,
  parts: readonly KeyValue[],
): readonly Need[] {
  return Object.hasOwn(needsOf, option) ? (needsOf[option]?.(driver, parts) ?? none) : none;
}

type NeedsOf = (driver: string, parts: readonly KeyValue[]) => readonly Need[];

const needsOf: Readonly<Record<string, NeedsOf>> = {
  device: (driver, parts) => (draws(driver, parts) ? ['code', 'desktop'] : none),
  object: (driver) => (driver === 'thread-context' ? ['affinity'] : none),
  display: needsOfDisplay,
  spice: (_, parts) => (isSet(parts, 'gl') ? ['desktop', 'code'] : ['desktop']),
  audiodev: needsOfSound,
  audio: needsOfSound,
};

const none: readonly Need[] = [];

function draws(driver: string, parts: readonly KeyValue[]): boolean {
  const isRenderer =
    driver.endsWith('-gl') || driver.includes('-gl-') || driver.includes('rutabaga');
  return isRenderer || isSet(parts, 'virgl');
}

function needsOfDisplay(type: string, parts: readonly KeyValue[]): readonly Need[] {
  if (type === 'egl-headless' || isSet(parts, 'gl')) return ['code', 'desktop'];
  return windows.includes(type) ? ['desktop'] : none;
}

function needsOfSound(driver: string): readonly Need[] {
  return sound.includes(driver) ? ['desktop'] : none;
}

/** The same of a block node, by its driver and its own options. */
export function needsOfNode(driver: string | null, options: JsonObject): readonly Need[] {
  if (driver === 'rbd') return ['ceph'];
  if (driver === 'ssh') return ['ssh'];
  const isRing = driver?.includes('io_uring') === true || options.get('aio') === 'io_uring';
  return isRing ? ['rings'] : none;
}
