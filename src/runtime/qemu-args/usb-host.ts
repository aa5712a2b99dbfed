import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import { type Argument, describeArgument, refuse, shorten } from './argument.ts';
import { malformed } from './block-node.ts';
import type { HostLookup } from './host-lookup.ts';
import { isSet } from './parts.ts';
import { type Context, hostPath, type Reading } from './reading.ts';
import { unknownNode } from './resources.ts';

/**
 * `-device usb-host`: the node of a device that is named by bus and address, by bus and port, or by vendor and product.
 * Every device that matches counts, as QEMU takes the first one that is free.
 */
export function readUsbHost(
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
): Reading {
  if (isSet(parts, 'hostdevice')) return {};
  const wanted = filtersOf(parts);
  const paths = nodesOf(wanted, context.host).map(({ node, device }) =>
    hostPath(context, argument, node, { kind: 'host-device', access: 'rw', ...device }),
  );
  return paths.length > 0 ? { paths } : notFound(argument, parts, context);
}

function notFound(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  const keys = [...attributes.map(({ key }) => key), 'hostport'];
  const given = keys.flatMap((key) => {
    const value = lastValue(parts, key);
    return value === null ? [] : [`${key}=${shorten(value)}`];
  });
  if (given.length === 0) return unknownNode(argument, '/dev/bus/usb/*', context);
  if (context.allowed.touches('/dev/bus/usb')) return {};
  const finding = refuse(
    'VP_ARGUMENT_UNKNOWN_PATH',
    `${describeArgument(argument)} opens a node in /dev/bus/usb, and no device of the host has ${given.join(',')}`,
    'plug it in first, or name its node with --allow /dev/bus/usb/…:rw before the --',
    '/dev/bus/usb',
  );
  return { findings: [finding] };
}

interface Found {
  readonly node: string;
  readonly device: { readonly device?: string };
}

/** The attributes of sysfs that must agree, as text there: numbers without zeros before them. */
type Filters = ReadonlyMap<string, string>;

const attributes = [
  { key: 'hostbus', attribute: 'busnum', base: 10 },
  { key: 'hostaddr', attribute: 'devnum', base: 10 },
  { key: 'vendorid', attribute: 'idVendor', base: 16 },
  { key: 'productid', attribute: 'idProduct', base: 16 },
] as const;

function filtersOf(parts: readonly KeyValue[]): Filters {
  const filters = new Map<string, string>();
  for (const { key, attribute, base } of attributes) {
    const number = parseNumber(key, lastValue(parts, key));
    // Zero stands for any.
    if (number !== 0) filters.set(attribute, number.toString(base));
  }
  const port = lastValue(parts, 'hostport');
  if (port !== null && port !== '') filters.set('devpath', port);
  return filters;
}

function parseNumber(key: string, text: string | null): number {
  if (text === null) return 0;
  if (!/^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) {
    throw malformed(`${key} is a number, not '${text}'`);
  }
  return text.startsWith('0') && /^0\d/.test(text) ? Number.parseInt(text, 8) : Number(text);
}

function nodesOf(wanted: Filters, host: HostLookup | null): Found[] {
  const [bus, address] = [wanted.get('busnum'), wanted.get('devnum')];
  if (bus !== undefined && address !== undefined)
    return [{ node: nodePath(bus, address), device: {} }];
  if (wanted.size === 0 || host === null) return [];
  const directory = '/sys/bus/usb/devices';
  return host.list(directory).flatMap((name) => lookUp(name, `${directory}/${name}`, wanted, host));
}

function lookUp(name: string, directory: string, wanted: Filters, host: HostLookup): Found[] {
  const read = (attribute: string) => host.attribute(`${directory}/${attribute}`);
  const isSame = ([attribute, text]: readonly [string, string]) =>
    read(attribute)?.replace(/^0+(?=.)/, '') === text;
  const [bus, address] = [read('busnum'), read('devnum')];
  const isDevice = /^\d+$/.test(bus ?? '') && /^\d+$/.test(address ?? '');
  if (!isDevice || ![...wanted].every(isSame)) return [];
  return [{ node: nodePath(bus ?? '', address ?? ''), device: { device: name } }];
}

function nodePath(bus: string, address: string): string {
  return `/dev/bus/usb/${bus.padStart(3, '0')}/${address.padStart(3, '0')}`;
}
