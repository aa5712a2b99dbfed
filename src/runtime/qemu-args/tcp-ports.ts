import { type KeyValue, parseKeyValues } from '../../formats/key-value.ts';
import { type Argument, attempt } from './argument.ts';
import { parseJsonObject } from './json.ts';
import { leavesOf } from './leaves.ts';
import { partsOf } from './parts.ts';

/** The TCP ports that arguments name, each once: to listen on, and to connect to. */
export function listPorts(given: readonly Argument[]): readonly number[] {
  const ports = given.flatMap((argument) =>
    attempt(
      argument,
      () => portsOf(argument),
      // It is an error already.
      () => [],
    ),
  );
  return [...new Set(ports)].filter((port) => port > 0 && port < 65536);
}

function portsOf(argument: Argument): readonly number[] {
  const { option, value } = argument;
  switch (option) {
    case 's':
      return [1234];
    case 'vnc':
      return portsOfVnc(value);
    case 'display':
      return value.startsWith('vnc=') ? portsOfVnc(value.slice(4)) : [];
    case 'spice':
      return portsIn(parseKeyValues(value, { impliedKey: null, flags: true }), /^(?:tls-)?port$/);
    case 'serial':
    case 'parallel':
    case 'monitor':
    case 'qmp':
    case 'qmp-pretty':
    case 'debugcon':
    case 'gdb':
      return numbersIn(value, word);
    case 'incoming':
      return [...numbersIn(value, word), ...portsIn(pairsOf(value), portKey)];
    case 'chardev':
      return portsOfChardev(partsOf(argument));
    case 'netdev':
    case 'nic':
    case 'net':
      return portsOfNetwork(partsOf(argument));
    case 'drive':
    case 'blockdev':
      return portsOfDisk(pairsOf(value));
    // An image: its name alone.
    case 'hda':
    case 'hdb':
    case 'hdc':
    case 'hdd':
    case 'cdrom':
    case 'fda':
    case 'fdb':
    case 'sd':
    case 'mtdblock':
    case 'pflash':
    case null:
      return portsOfName(value);
    default:
      return [];
  }
}

/** `tcp:HOST:PORT` and its like, whole or after `mon:`. */
const word = /^(?:mon:)?(?:tcp|telnet|tn3270|websocket):(?:\[[^\]]*\]|[^:]*):(\d+)/g;
const portKey = /(?:^|\.)port$/;

function pairsOf(value: string): readonly KeyValue[] {
  if (value.startsWith('{')) return leavesOf(parseJsonObject(value));
  return parseKeyValues(value, { impliedKey: null, flags: true });
}

function numbersIn(text: string, pattern: RegExp): readonly number[] {
  return [...text.matchAll(pattern)].map(([, digits]) => Number(digits));
}

function portsIn(pairs: readonly KeyValue[], keys: RegExp): readonly number[] {
  return pairs
    .filter(({ key }) => keys.test(key))
    .flatMap(({ value }) => numbersIn(value, /^(\d+)$/g));
}

/** A display is a port from 5900 on; its websocket one from 5700 on, unless a number says another. */
function portsOfVnc(value: string): readonly number[] {
  const pairs = parseKeyValues(value, { impliedKey: 'vnc', flags: true });
  const address = pairs.find(({ key }) => key === 'vnc')?.value ?? '';
  const displays = numbersIn(address, /^(?!unix:)(?:\[[^\]]*\]|[^:]*):(\d+)$/g);
  const isServed = pairs.some(
    ({ key, value }) => key === 'websocket' && !/^(?:\d+|off)$/.test(value),
  );
  return [
    ...displays.map((display) => 5900 + display),
    ...portsIn(pairs, /^websocket$/),
    ...(isServed ? displays.map((display) => 5700 + display) : []),
  ];
}

function portsOfChardev(parts: readonly KeyValue[]): readonly number[] {
  const isUdp = parts.some(({ key, value }) => /^backend(?:\.type)?$/.test(key) && value === 'udp');
  return isUdp ? [] : portsIn(parts, portKey);
}

const forwarded = /^(?:tcp)?:[^:]*:(\d+)-/g;
const target = /^tcp:.*-tcp:[^:]*:(\d+)$/g;
const place = /^(?:\[[^\]]*\]|[^:]*):(\d+)$/g;

/** Of user mode what is forwarded, of sockets both ends. */
function portsOfNetwork(parts: readonly KeyValue[]): readonly number[] {
  return parts.flatMap(({ key, value }) => {
    if (/^hostfwd(?:\.\d+\.str)?$/.test(key)) return numbersIn(value, forwarded);
    if (/^guestfwd(?:\.\d+\.str)?$/.test(key)) return numbersIn(value, target);
    if (key === 'listen' || key === 'connect') return numbersIn(value, place);
    return portsIn([{ key, value }], portKey);
  });
}

/** Of a block node: its server's, and those in the names of its files. */
function portsOfDisk(pairs: readonly KeyValue[]): readonly number[] {
  return pairs.flatMap(({ key, value }) => {
    if (/(?:^|\.)(?:file|filename|url)$/.test(key)) return portsOfName(value);
    if (/(?:^|\.)portal$/.test(key)) return numbersIn(value, place);
    return portsIn([{ key, value }], portKey);
  });
}

function portsOfName(name: string): readonly number[] {
  if (name.startsWith('json:')) return portsOfDisk(leavesOf(parseJsonObject(name.slice(5))));
  return numbersIn(name, /^(?:\w[\w+.-]*:\/\/[^/]*?|nbd:(?:\[[^\]]*\]|[^:]*)):(\d+)(?=[/:]|$)/g);
}
