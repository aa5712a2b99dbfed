import { type KeyValue, lastValue, parseSwitch } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { parseCharacterWord } from './character-word.ts';
import { readDescriptors } from './descriptors.ts';
import { absolutePath } from './file-name.ts';
import { partsOf } from './parts.ts';
import {
  type Context,
  hostPath,
  joinReadings,
  nothing,
  type PathDetails,
  type Reading,
} from './reading.ts';
import { isServerOfLauncher, readServer } from './server-socket.ts';
import { judgeLeaves } from './unknown.ts';

/** `-chardev`: what each kind of character device opens or makes, and its log. */
export function readChardev(argument: Argument, context: Context): Reading {
  const isServerByDefault = argument.value.startsWith('{');
  const parts = partsOf(argument).map(withShortKey);
  return readBackend({ argument, parts, context, isServerByDefault, word: null });
}

/** `-serial`, `-monitor`, `-qmp` and their like: one word in the old syntax of character devices. */
export function readCharacterDevice(argument: Argument, context: Context): Reading {
  return readCharacterWord(argument, argument.value, context);
}

/** Such a word as a part of `argument`. */
export function readCharacterWord(argument: Argument, word: string, context: Context): Reading {
  const parts = parseCharacterWord(word);
  return readBackend({ argument, parts, context, isServerByDefault: false, word });
}

// In JSON the same names stand deeper: backend.type, backend.data.addr.data.path.
function withShortKey({ key, value }: KeyValue): KeyValue {
  if (key === 'backend.type') return { key: 'backend', value };
  return { key: key.slice(key.lastIndexOf('.') + 1), value };
}

interface Device {
  readonly argument: Argument;
  readonly parts: readonly KeyValue[];
  readonly context: Context;
  readonly isServerByDefault: boolean;
  /** In the old syntax; null: an argument of -chardev. */
  readonly word: string | null;
}

/** Something that a kind of character device opens, and the properties that name it: first the one of -chardev, then JSON's. */
interface Opened {
  readonly keys: readonly string[];
  readonly read: (device: Device, path: string) => Reading;
}

const readDevice = readAs({ kind: 'chardev', access: 'rw' });
const readInput = readAs({ kind: 'chardev', access: 'ro' });
const readLink = readAs({ kind: 'chardev', access: 'rw', created: true, isLink: true });
const readLog = readAs({ kind: 'log', access: 'rw', created: true });

const logFile: Opened = { keys: ['logfile'], read: readLog };
const deviceFile: Opened = { keys: ['path', 'device'], read: readDevice };

const openedBy: Readonly<Record<string, readonly Opened[]>> = {
  socket: [{ keys: ['path'], read: readSocket }],
  file: [
    { keys: ['path', 'out'], read: readFile },
    { keys: ['input-path', 'in'], read: readInput },
  ],
  pipe: [{ keys: ['path', 'device'], read: readPipe }],
  serial: [deviceFile],
  tty: [deviceFile],
  parallel: [deviceFile],
  parport: [deviceFile],
  // A link of that name to the terminal, in newer versions.
  pty: [{ keys: ['path'], read: readLink }],
};

function readBackend(device: Device): Reading {
  const { argument, parts, context } = device;
  const backend = lastValue(parts, 'backend') ?? '';
  const opened = [...(Object.hasOwn(openedBy, backend) ? (openedBy[backend] ?? []) : []), logFile];
  const others = parts.filter(({ key }) => !opened.some(({ keys }) => keys.includes(key)));
  return joinReadings([
    readDescriptors(argument, parts),
    backend === 'pty' ? readTerminal(device) : nothing,
    ...opened.map((each) => readFirst(device, each)),
    judgeLeaves(argument, others, context),
  ]);
}

/** What the first of the properties that is given names. */
function readFirst(device: Device, { keys, read }: Opened): Reading {
  for (const key of keys) {
    const path = lastValue(device.parts, key);
    if (path !== null) return read(device, path);
  }
  return nothing;
}

function readSocket(device: Device, path: string): Reading {
  // A name in the abstract namespace is no file.
  if (isOn(device, 'abstract', false)) return nothing;
  const { argument, parts, context, word } = device;
  const created = isOn(device, 'server', device.isServerByDefault);
  if (created && isServerOfLauncher(argument, word, context))
    return readServer(argument, parts, path, context);
  const optional = !created && isRetrying(device) && !isThere(device, path);
  const details = { kind: 'socket', access: 'rw', created, optional } as const;
  return { paths: [hostPath(context, argument, path, details)] };
}

// QEMU starts without a server, and asks for it again and again.
function isRetrying({ parts }: Device): boolean {
  return ['reconnect', 'reconnect-ms'].some((key) => Number(lastValue(parts, key) ?? 0) > 0);
}

function isThere({ context: { host, directory } }: Device, path: string): boolean {
  return host?.exists(absolutePath(directory, path)) === true;
}

function isOn({ parts }: Device, key: string, otherwise: boolean): boolean {
  const value = lastValue(parts, key);
  return value === null ? otherwise : parseSwitch(key, value);
}

function readFile({ context, argument }: Device, path: string): Reading {
  const created = !isDeviceNode(absolutePath(context.directory, path));
  return { paths: [hostPath(context, argument, path, { kind: 'chardev', access: 'rw', created })] };
}

// /dev/stdout, /dev/null: nobody makes those.
function isDeviceNode(path: string): boolean {
  return /^\/dev\/(?!shm\/)/.test(path);
}

/** Two pipes, for each way one, or where one of them is missing a single one for both (chardev/char-pipe.c). */
function readPipe(device: Device, path: string): Reading {
  const { host, directory } = device.context;
  const pair = [`${path}.in`, `${path}.out`];
  const found = pair.filter((each) => host?.exists(absolutePath(directory, each)) !== false);
  const opened = found.length === pair.length ? pair : [...found, path];
  return joinReadings(opened.map((each) => readDevice(device, each)));
}

function readAs(details: PathDetails): Opened['read'] {
  return ({ context, argument }, path) => ({ paths: [hostPath(context, argument, path, details)] });
}

function readTerminal({ context, argument }: Device): Reading {
  const details = { kind: 'device-node', access: 'rw' } as const;
  return { paths: [hostPath(context, argument, '/dev/ptmx', details)] };
}
