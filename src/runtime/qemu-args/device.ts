import { type KeyValue, lastValue, parseSwitch } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import type { BlockUse } from './block.ts';
import { type Context, joinReadings, type Reading } from './reading.ts';
import { readParts } from './resources.ts';
import { partsOf } from './unknown.ts';
import { readUsbHost } from './usb-host.ts';
import { readVfio, vfioKeys } from './vfio.ts';

/** Properties that name a drive or block node. */
const driveKeys = ['drive', 'driveA', 'driveB'];

/** Devices that only read their drive. */
const readers = new Set(['ide-cd', 'scsi-cd']);

/** `-device`: which drives it uses and how, and what of the host it opens. */
export function readDevice(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  return joinReadings([
    { uses: usesOf(argument, parts) },
    readHostDevice(argument, parts, context),
  ]);
}

function readHostDevice(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  const driver = lastValue(parts, 'driver') ?? '';
  const isVfio = driver.startsWith('vfio-') && !noVfioNode.has(driver);
  return joinReadings([
    isVfio ? readVfio(argument, parts, context) : {},
    driver === 'usb-host' ? readUsbHost(argument, parts, context) : {},
    readParts(argument, parts, context, isVfio ? vfioKeys : []),
  ]);
}

// A bridge that looks like the host's, and a device that another program serves by a socket.
const noVfioNode = new Set(['vfio-pci-igd-lpc-bridge', 'vfio-user-pci']);

function usesOf(argument: Argument, parts: readonly KeyValue[]): BlockUse[] {
  const shared = lastValue(parts, 'share-rw');
  const driver = lastValue(parts, 'driver') ?? '';
  const details = {
    argument,
    shared: shared !== null && parseSwitch('share-rw', shared),
    readOnly: readers.has(driver),
    kind: /^(?:floppy|isa-fdc|sysbus-fdc)$/.test(driver) ? 'floppy' : 'disk',
  } as const;
  return driveKeys
    .map((key) => lastValue(parts, key) ?? '')
    .filter((name) => name !== '')
    .map((name) => ({ ...details, name }));
}
