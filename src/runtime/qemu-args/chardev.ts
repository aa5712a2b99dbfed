import { type KeyValue, lastValue, parseSwitch } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { parseCharacterWord } from './character-word.ts';
import { readDescriptors } from './descriptors.ts';
import { absolutePath } from './file-name.ts';
import type { HostPath } from './host-path.ts';
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

/** What a kind of character device opens, and the properties that say so: first the one of -chardev, then JSON's. */
interface Backend {
  readonly keys: readonly string[];
  readonly describe: (device: Device, path: string) => readonly HostPath[];
}

const describeDevice = describeAs({ kind: 'chardev', access: 'rw' });
const describeInput = describeAs({ kind: 'chardev', access: 'ro' });
const describeLink = describeAs({ kind: 'chardev', access: 'rw', created: true, isLink: true });
const logFile: Backend = {
  keys: ['logfile'],
  describe: describeAs({ kind: 'log', access: 'rw', created: true }),
};

const backends: Readonly<Record<string, Backend>> = {
  socket: { keys: ['path'], describe: describeSocket },
  file: { keys: ['path', 'out'], describe: describeFile },
  pipe: { keys: ['path', 'device'], describe: describePipe },
  serial: { keys: ['path', 'device'], describe: describeDevice },
  tty: { keys: ['path', 'device'], describe: describeDevice },
  parallel: { keys: ['path', 'device'], describe: describeDevice },
  parport: { keys: ['path', 'device'], describe: describeDevice },
  // A link of that name to the terminal, in newer versions.
  pty: { keys: ['path'], describe: describeLink },
};

function readBackend(device: Device): Reading {
  const { argument, parts, context } = device;
  const name = lastValue(parts, 'backend') ?? '';
  const backend = Object.hasOwn(backends, name) ? backends[name] : undefined;
  const inputs = name === 'file' ? ['input-path', 'in'] : [];
  const understood = [...(backend?.keys ?? []), ...inputs, 'logfile'];
  const others = parts.filter(({ key }) => !understood.includes(key));
  return joinReadings([
    readDescriptors(argument, parts),
    name === 'pty' ? { paths: [terminalMaker(device)] } : nothing,
    readOwnServer(device) ?? (backend === undefined ? nothing : readFirst(device, backend)),
    inputs.length === 0 ? nothing : readFirst(device, { keys: inputs, describe: describeInput }),
    readFirst(device, logFile),
    judgeLeaves(argument, others, context),
  ]);
}

/** A socket that the launcher binds; null: it is none, or QEMU's own. */
function readOwnServer(device: Device): Reading | null {
  const { argument, parts, context, word } = device;
  const path = lastValue(parts, 'path');
  const isServer =
    lastValue(parts, 'backend') === 'socket' &&
    path !== null &&
    !isOn(device, 'abstract', false) &&
    isOn(device, 'server', device.isServerByDefault);
  if (!isServer || !isServerOfLauncher(argument, word, context)) return null;
  return readServer(argument, parts, path, context);
}

/** What the first of the properties that is given names. */
function readFirst(device: Device, { keys, describe }: Backend): Reading {
  for (const key of keys) {
    const path = lastValue(device.parts, key);
    if (path !== null) return { paths: describe(device, path) };
  }
  return nothing;
}

function describeSocket(device: Device, path: string): HostPath[] {
  // A name in the abstract namespace is no file.
  if (isOn(device, 'abstract', false)) return [];
  const created = isOn(device, 'server', device.isServerByDefault);
  return [
    hostPath(device.context, device.argument, path, { kind: 'socket', access: 'rw', created }),
  ];
}

function isOn({ parts }: Device, key: string, otherwise: boolean): boolean {
  const value = lastValue(parts, key);
  return value === null ? otherwise : parseSwitch(key, value);
}

function describeFile({ context, argument }: Device, path: string): HostPath[] {
  const created = !isDeviceNode(absolutePath(context.directory, path));
  return [hostPath(context, argument, path, { kind: 'chardev', access: 'rw', created })];
}

// /dev/stdout, /dev/null: nobody makes those.
function isDeviceNode(path: string): boolean {
  return /^\/dev\/(?!shm\/)/.test(path);
}

/** Two pipes, for each way one, or where one of them is missing a single one for both (chardev/char-pipe.c). */
function describePipe(device: Device, path: string): HostPath[] {
  const { host, directory } = device.context;
  const pair = [`${path}.in`, `${path}.out`];
  const found = pair.filter((each) => host?.exists(absolutePath(directory, each)) !== false);
  const opened = found.length === pair.length ? pair : [...found, path];
  return opened.flatMap((each) => describeDevice(device, each));
}

function describeAs(details: PathDetails): Backend['describe'] {
  return ({ context, argument }, path) => [hostPath(context, argument, path, details)];
}

function terminalMaker({ context, argument }: Device): HostPath {
  return hostPath(context, argument, '/dev/ptmx', { kind: 'device-node', access: 'rw' });
}
