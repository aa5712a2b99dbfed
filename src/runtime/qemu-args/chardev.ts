import { type KeyValue, lastValue, parseKeyValues, parseSwitch } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { type Context, hostPath, joinReadings, judgePath, type Reading } from './reading.ts';
import { judgeLeaves, partsOf } from './unknown.ts';

/** `-chardev`: sockets and what needs no file; the path of any other backend needs `--allow`. */
export function readChardev(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument).map(withShortKey);
  const backend = lastValue(parts, 'backend');
  const isSocket = backend === 'socket';
  const others = parts.filter(({ key }) => !(isSocket && key === 'path'));
  return joinReadings([
    isSocket ? readSocket(argument, parts, context, argument.value.startsWith('{')) : {},
    backend === 'pty' ? readTerminal(argument, context) : {},
    judgeLeaves(argument, others, context),
  ]);
}

// In JSON the same names stand deeper: backend.type, backend.data.addr.data.path.
function withShortKey({ key, value }: KeyValue): KeyValue {
  if (key === 'backend.type') return { key: 'backend', value };
  return { key: key.slice(key.lastIndexOf('.') + 1), value };
}

/** `-serial`, `-monitor`, `-qmp` and their like: one word in the old syntax of character devices (chardev/char.c). */
export function readCharacterDevice(argument: Argument, context: Context): Reading {
  const device = argument.value.replace(/^mon:/, '');
  if (device === 'pty') return readTerminal(argument, context);
  if (pathless.test(device)) return {};
  if (!device.startsWith('unix:')) return judgeWord(argument, device, context);
  const parts = parseKeyValues(device.slice('unix:'.length), { impliedKey: 'path', flags: true });
  return joinReadings([
    readSocket(argument, parts, context, false),
    judgeLeaves(
      argument,
      parts.filter(({ key }) => key !== 'path'),
      context,
    ),
  ]);
}

const pathless =
  /^(?:null|none|stdio|msmouse|wctablet|braille|testdev|con:|vc(?::.*)?|(?:chardev|tcp|telnet|tn3270|websocket|udp):.*)$/s;

// `file:` and `pipe:` take the rest of the word for the name, slash or not.
function judgeWord(argument: Argument, device: string, context: Context): Reading {
  const isPath = /^(?:file|pipe|pty):/.test(device) || device.includes('/');
  return isPath ? judgePath(argument, '', device, context) : {};
}

function readSocket(
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
  isServerByDefault: boolean,
): Reading {
  const path = lastValue(parts, 'path');
  // TCP, an inherited descriptor, or a name in the abstract namespace.
  if (path === null || isOn(parts, 'abstract', false)) return {};
  const created = isOn(parts, 'server', isServerByDefault);
  return { paths: [hostPath(context, argument, path, { kind: 'socket', access: 'rw', created })] };
}

function isOn(parts: readonly KeyValue[], key: string, otherwise: boolean): boolean {
  const value = lastValue(parts, key);
  return value === null ? otherwise : parseSwitch(key, value);
}

function readTerminal(argument: Argument, context: Context): Reading {
  const details = { kind: 'device-node', access: 'rw' } as const;
  return { paths: [hostPath(context, argument, '/dev/ptmx', details)] };
}
