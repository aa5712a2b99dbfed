import { type KeyValue, lastValue, parseSwitch } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import type { BlockUse } from './block.ts';
import { driverOf, partsOf } from './parts.ts';
import { type Context, joinReadings, type Reading } from './reading.ts';
import { readParts } from './resources.ts';
import { readUsbHost } from './usb-host.ts';
import { readVfio, vfioKeys } from './vfio.ts';

/** Properties that name a drive or block node. */
const driveKeys = ['drive', 'driveA', 'driveB'];

/** Devices that only read their drive. */
const readers = new Set(['ide-cd', 'scsi-cd']);
const floppies = new Set(['floppy', 'isa-fdc', 'sysbus-fdc']);

/** `-device`: which drives it uses and how, and what of the host it opens. */
export function readDevice(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  const driver = driverOf(argument, parts);
  const isVfio = driver.startsWith('vfio-') && !noVfioNode.has(driver);
  if (isVfio || driver === 'usb-host') return readHostDevice(argument, isVfio, parts, context);
  const reading = readParts(argument, parts, context);
  const uses = parts.some(namesDrive) ? usesOf(argument, driver, parts) : [];
  return uses.length === 0 ? reading : joinReadings([{ uses }, reading]);
}

function readHostDevice(
  argument: Argument,
  isVfio: boolean,
  parts: readonly KeyValue[],
  context: Context,
): Reading {
  return joinReadings([
    isVfio ? readVfio(argument, parts, context) : readUsbHost(argument, parts, context),
    readParts(argument, parts, context, isVfio ? vfioKeys : []),
  ]);
}

// A bridge that looks like the host's, and a device that another program serves by a socket.
const noVfioNode = new Set(['vfio-pci-igd-lpc-bridge', 'vfio-user-pci']);

function namesDrive({ key, value }: KeyValue): boolean {
  return value !== '' && driveKeys.includes(key);
}

function usesOf(argument: Argument, driver: string, parts: readonly KeyValue[]): BlockUse[] {
  const names = driveKeys.map((key) => lastValue(parts, key) ?? '').filter((name) => name !== '');
  const shared = lastValue(parts, 'share-rw');
  const details = {
    argument,
    shared: shared !== null && parseSwitch('share-rw', shared),
    readOnly: readers.has(driver),
    kind: floppies.has(driver) ? 'floppy' : 'disk',
  } as const;
  return names.map((name) => ({ ...details, name }));
}
