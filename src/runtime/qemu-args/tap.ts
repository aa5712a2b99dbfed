import { AppError, type Finding } from '../../errors.ts';
import { type KeyValue, lastValue, parseSwitch, printKeyValues } from '../../formats/key-value.ts';
import { type Argument, describeArgument, refuse } from './argument.ts';
import { type Handover, handOver, type Opening, type Tap } from './handover.ts';
import type { HostPath } from './host-path.ts';
import { isSet } from './parts.ts';
import { type Context, hostPath, type Reading } from './reading.ts';

/** Does the launcher make the interface of this network, since QEMU may not? */
export function isTapOfLauncher(parts: readonly KeyValue[], { handing }: Context): boolean {
  const type = typeOf(parts);
  if (handing === 'none' || (type !== 'tap' && type !== 'bridge')) return false;
  return !parts.some(({ key }) => key === 'fd' || key === 'fds');
}

/** Keys that are read here. */
export const tapKeys: readonly string[] = [
  ...['type', 'ifname', 'br', 'queues', 'vnet_hdr'],
  ...['script', 'downscript', 'helper', 'vhost', 'vhostforce'],
];

/** `-netdev tap` and `-netdev bridge`: the interface that the launcher makes, and what QEMU gets of it. */
export function readTap(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  const tap = planTap(parts, context);
  const hasVhost = needsVhost(parts);
  const isPassed = context.handing === 'descriptors';
  const nodes = ['/dev/net/tun', ...(hasVhost ? ['/dev/vhost-net'] : [])];
  const paths = nodes.map((node) => describeNode(argument, node, isPassed, context));
  const findings = findPrograms(argument, parts, context);
  const handover = isPassed
    ? planPassed(argument, parts, tap, hasVhost)
    : planKept(argument, parts, tap);
  return handOver(handover, { paths, findings });
}

function typeOf(parts: readonly KeyValue[]): string {
  return lastValue(parts, 'type') ?? '';
}

function planTap(parts: readonly KeyValue[], context: Context): Tap {
  const isBridge = typeOf(parts) === 'bridge';
  const given = isBridge ? null : lastValue(parts, 'ifname');
  const bridge = lastValue(parts, 'br') || (isBridge ? 'br0' : null);
  const header = lastValue(parts, 'vnet_hdr');
  return {
    interface: requireName('ifname', given || nameFor(context), true),
    bridge: bridge === null ? null : requireName('br', bridge, false),
    queues: countQueues(lastValue(parts, 'queues')),
    header: header === null || parseSwitch('vnet_hdr', header),
  };
}

// What stays must have its name in the argument; of what goes with QEMU the kernel chooses the number.
function nameFor({ handing, host }: Context): string {
  if (handing === 'descriptors') return 'tap%d';
  const isFree = (name: string) => host?.exists(`/sys/class/net/${name}`) !== true;
  let number = 0;
  while (!isFree(`tap${number}`)) number += 1;
  return `tap${number}`;
}

/** As the kernel's dev_valid_name, without what it would take for a pattern. */
function requireName(key: string, name: string, isPattern: boolean): string {
  const plain = isPattern ? name.replace('%d', '') : name;
  const fits = Buffer.byteLength(name) <= 15 && !/[\s/:%]/.test(plain) && !/^\.\.?$/.test(name);
  if (fits && /^[\x21-\x7e]+$/.test(name)) return name;
  throw new AppError('VP_ARGUMENT_MALFORMED', `${key}=${name} is no name of a network interface`, {
    hint: 'it has at most 15 characters, without blanks, slashes and colons',
  });
}

// MAX_TAP_QUEUES.
function countQueues(text: string | null): number {
  if (text === null) return 1;
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= 1024) return count;
  throw new AppError('VP_ARGUMENT_MALFORMED', `queues=${text} is no number from 1 to 1024`);
}

function needsVhost(parts: readonly KeyValue[]): boolean {
  if (parts.some(({ key }) => /^vhostfds?$/.test(key))) return false;
  return lastValue(parts, 'vhost') === null ? isSet(parts, 'vhostforce') : isSet(parts, 'vhost');
}

function describeNode(
  argument: Argument,
  node: string,
  isPassed: boolean,
  context: Context,
): HostPath {
  const path = hostPath(context, argument, node, { kind: 'device-node', access: 'rw' });
  return isPassed ? { ...path, passed: true } : path;
}

function planPassed(
  argument: Argument,
  parts: readonly KeyValue[],
  tap: Tap,
  hasVhost: boolean,
): Handover {
  const queues = Array.from({ length: tap.queues }, (_, queue) => queue);
  const openings: readonly Opening[] = [
    ...queues.map((queue) => ({ source: 'tap', ...tap, queue }) as const),
    ...queues.slice(hasVhost ? 0 : tap.queues).map(() => ({ source: 'vhost-net' }) as const),
  ];
  const rewrite = (numbers: readonly number[]) => {
    const own = numbersPart('fd', numbers.slice(0, tap.queues));
    const vhost = hasVhost ? [numbersPart('vhostfd', numbers.slice(tap.queues))] : [];
    return print(argument, [...otherParts(parts), own, ...vhost]);
  };
  return { argument, openings, rewrite, taps: [] };
}

function numbersPart(key: string, numbers: readonly number[]): KeyValue {
  return { key: numbers.length > 1 ? `${key}s` : key, value: numbers.join(':') };
}

function planKept(argument: Argument, parts: readonly KeyValue[], tap: Tap): Handover {
  const settings = [
    { key: 'ifname', value: tap.interface },
    ...['script', 'downscript'].map((key) => ({ key, value: 'no' })),
    ...(tap.header ? [] : [{ key: 'vnet_hdr', value: 'off' }]),
    ...(tap.queues === 1 ? [] : [{ key: 'queues', value: String(tap.queues) }]),
  ];
  const rewrite = () => print(argument, [...otherParts(parts), ...settings]);
  return { argument, openings: [], rewrite, taps: [tap] };
}

const replaced = /^(?:type|ifname|br|queues|vnet_hdr|script|downscript|helper)$/;

function otherParts(parts: readonly KeyValue[]): readonly KeyValue[] {
  return parts.filter(({ key }) => !replaced.test(key));
}

function print({ option }: Argument, parts: readonly KeyValue[]): readonly string[] {
  return [`-${option}`, printKeyValues([{ key: 'type', value: 'tap' }, ...parts])];
}

function findPrograms(
  argument: Argument,
  parts: readonly KeyValue[],
  { host }: Context,
): readonly Finding[] {
  const given = ['script', 'downscript', 'helper'].flatMap((key) => {
    const value = lastValue(parts, key) ?? '';
    return value === '' || (value === 'no' && key !== 'helper')
      ? []
      : [refuseProgram(argument, key, value)];
  });
  const runsDefault = typeOf(parts) === 'tap' && lastValue(parts, 'script') === null;
  const isMissed = given.length === 0 && runsDefault && host?.exists('/etc/qemu-ifup') === true;
  return isMissed ? [skipsDefault(argument)] : given;
}

function refuseProgram(argument: Argument, key: string, value: string): Finding {
  return refuse(
    'VP_ARGUMENT_REFUSED',
    `${describeArgument(argument)}: ${key}=${value} would run with root's rights or be of no use without them`,
    'leave it out: the launcher makes the interface, sets it up, and with br=NAME makes it a port of that bridge; what else the program does, do before with ip(8)',
  );
}

function skipsDefault(argument: Argument): Finding {
  return {
    code: 'VP_WARN_SCRIPT',
    severity: 'warning',
    message: `${describeArgument(argument)} does not run /etc/qemu-ifup: the launcher makes the interface and sets it up`,
    hint: 'say script=no,downscript=no; br=NAME makes it a port of that bridge',
  };
}
