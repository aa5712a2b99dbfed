import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import { type Argument, describeArgument, refuse } from './argument.ts';
import { findNetworkHelpers } from './network-helper.ts';
import { type Context, hostPath, joinReadings, type Reading } from './reading.ts';
import { judgeLeaves, partsOf } from './unknown.ts';

/** A device node that QEMU opens for an argument that does not name it. */
interface Implied {
  readonly options: readonly string[];
  /** The driver or type: the argument's first word. */
  readonly driver: RegExp;
  /** A key that must be on. */
  readonly when?: string;
  /** Keys that bring something else in its place. */
  readonly unless: readonly string[];
  readonly path: string;
  /** This very path; else something in it that only the host can tell, so `--allow` must name it. */
  readonly isExact: boolean;
}

const network = ['netdev', 'nic', 'net'];
const device = ['device'];
const vhost = { options: device, unless: ['vhostfd'], isExact: true };

const table: readonly Implied[] = [
  { options: network, driver: /^tap$/, unless: ['fd', 'fds'], path: '/dev/net/tun', isExact: true },
  {
    options: network,
    driver: /^tap$/,
    when: 'vhost',
    unless: ['vhostfd', 'vhostfds'],
    path: '/dev/vhost-net',
    isExact: true,
  },
  { ...vhost, driver: /^vhost-vsock-/, path: '/dev/vhost-vsock' },
  { ...vhost, driver: /^vhost-scsi-/, path: '/dev/vhost-scsi' },
  { options: device, driver: /^vfio-/, unless: ['fd'], path: '/dev/vfio', isExact: false },
  {
    options: device,
    driver: /^usb-host$/,
    unless: ['hostdevice'],
    path: '/dev/bus/usb',
    isExact: false,
  },
  {
    options: ['tpmdev'],
    driver: /^passthrough$/,
    unless: ['path'],
    path: '/dev/tpm0',
    isExact: false,
  },
];

/** `-netdev` and its like: what it opens or runs without saying so, and the paths that it names. */
export function readWithImplied(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  return joinReadings([
    readImplied(argument, parts, context),
    { findings: findNetworkHelpers(argument, parts) },
    judgeLeaves(argument, parts, context),
  ]);
}

/** The device nodes that an argument with these parts opens without naming them. */
export function readImplied(
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
): Reading {
  const found = table.filter((row) => applies(row, argument, parts));
  return joinReadings(found.map((row) => readRow(row, argument, context)));
}

function applies(row: Implied, { option }: Argument, parts: readonly KeyValue[]): boolean {
  const driver = lastValue(parts, 'driver') ?? lastValue(parts, 'type') ?? '';
  return (
    row.options.includes(option ?? '') &&
    row.driver.test(driver) &&
    (row.when === undefined || lastValue(parts, row.when) === 'on') &&
    !row.unless.some((key) => lastValue(parts, key) !== null)
  );
}

function readRow({ path, isExact }: Implied, argument: Argument, context: Context): Reading {
  if (isExact) {
    return { paths: [hostPath(context, argument, path, { kind: 'device-node', access: 'rw' })] };
  }
  return context.allowed.touches(path) ? {} : { findings: [unknownNode(argument, path)] };
}

function unknownNode(argument: Argument, path: string) {
  return refuse(
    'VP_ARGUMENT_UNKNOWN_PATH',
    `${describeArgument(argument)} opens something in ${path}, and what is not understood yet`,
    `name it with --allow ${path}/…:rw before the --`,
    path,
  );
}
