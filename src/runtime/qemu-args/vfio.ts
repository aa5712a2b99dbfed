import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import { type Argument, describeArgument, refuse } from './argument.ts';
import { malformed } from './block-node.ts';
import { absolutePath } from './file-name.ts';
import type { HostLookup } from './host-lookup.ts';
import { isSet } from './parts.ts';
import { type Context, hostPath, joinReadings, type Reading } from './reading.ts';

/** `-device vfio-…`: the nodes of a device of the host that is named by its PCI address or its directory in sysfs. */
export function readVfio(
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
): Reading {
  const directory = directoryOf(parts, context);
  const nodes = directory === null ? null : nodesOf(directory, parts, context.host);
  if (directory === null || nodes === null) {
    return context.allowed.touches('/dev/vfio') ? {} : unresolved(argument, directory);
  }
  const device = directory.slice(directory.lastIndexOf('/') + 1);
  const details = { kind: 'host-device', access: 'rw', device } as const;
  const paths = nodes.map((node) => hostPath(context, argument, node, details));
  return joinReadings([{ paths }, isSet(parts, 'iommufd') ? {} : readContainer(argument, context)]);
}

/** Properties that this reader has understood. */
export const vfioKeys: readonly string[] = ['host', 'sysfsdev'];

/** QEMU makes its IOMMU container of it, for all groups. */
function readContainer(argument: Argument, context: Context): Reading {
  const details = { kind: 'device-node', access: 'rw' } as const;
  return { paths: [hostPath(context, argument, '/dev/vfio/vfio', details)] };
}

function directoryOf(parts: readonly KeyValue[], { directory }: Context): string | null {
  const named = lastValue(parts, 'sysfsdev');
  if (named !== null && named !== '') return absolutePath(directory, named);
  const host = lastValue(parts, 'host');
  if (host === null || host === '') return null;
  const driver = lastValue(parts, 'driver') ?? '';
  if (driver.startsWith('vfio-pci')) return `/sys/bus/pci/devices/${pciAddress(host)}`;
  if (host.includes('/')) throw malformed('host= is the name of a device, without a slash');
  return `/sys/bus/platform/devices/${host}`;
}

/** `1:0.0` in the long form of sysfs: `0000:01:00.0`. */
function pciAddress(text: string): string {
  const found = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$/i.exec(text);
  if (found === null) throw malformed(`host= is [DOMAIN:]BUS:SLOT.FUNCTION, not '${text}'`);
  const [, domain = '0', bus = '', slot = '', part = ''] = found.map((each) => each?.toLowerCase());
  return `${domain.padStart(4, '0')}:${bus.padStart(2, '0')}:${slot.padStart(2, '0')}.${part}`;
}

function nodesOf(
  directory: string,
  parts: readonly KeyValue[],
  host: HostLookup | null,
): string[] | null {
  if (isSet(parts, 'iommufd')) {
    const name = host?.list(`${directory}/vfio-dev`).find((each) => /^vfio\d+$/.test(each));
    return name === undefined ? null : [`/dev/vfio/devices/${name}`];
  }
  const group = host?.link(`${directory}/iommu_group`) ?? '';
  return /^\d+$/.test(group) ? [`/dev/vfio/${group}`] : null;
}

function unresolved(argument: Argument, directory: string | null): Reading {
  const what = directory ?? 'a device that it does not name';
  const finding = refuse(
    'VP_ARGUMENT_UNKNOWN_PATH',
    `${describeArgument(argument)} opens a node in /dev/vfio, and sysfs does not tell which one belongs to ${what}`,
    'bind the device to its vfio driver with the IOMMU on, or name the node with --allow /dev/vfio/…:rw before the --',
    directory ?? '/dev/vfio',
  );
  return { findings: [finding] };
}
