import { type KeyValue, lastValue, parseSwitch } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { parseCharacterWord } from './character-word.ts';
import { absolutePath } from './file-name.ts';
import { type Context, hostPath, joinReadings, judgePath, type Reading } from './reading.ts';
import { judgeLeaves, partsOf } from './unknown.ts';

/** `-chardev`: sockets, files and what needs no file; any other path, such as `logfile=`, needs `--allow`. */
export function readChardev(argument: Argument, context: Context): Reading {
  const isServerByDefault = argument.value.startsWith('{');
  return readBackend(argument, partsOf(argument).map(withShortKey), context, isServerByDefault);
}

/** `-serial`, `-monitor`, `-qmp` and their like: one word in the old syntax of character devices. */
export function readCharacterDevice(argument: Argument, context: Context): Reading {
  return readBackend(argument, parseCharacterWord(argument.value), context, false);
}

// In JSON the same names stand deeper: backend.type, backend.data.addr.data.path.
function withShortKey({ key, value }: KeyValue): KeyValue {
  if (key === 'backend.type') return { key: 'backend', value };
  return { key: key.slice(key.lastIndexOf('.') + 1), value };
}

function readBackend(
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
  isServerByDefault: boolean,
): Reading {
  const backend = lastValue(parts, 'backend');
  const others = parts.filter(({ key }) => !understoodKeys(backend).includes(key));
  return joinReadings([
    backend === 'socket' ? readSocket(argument, parts, context, isServerByDefault) : {},
    backend === 'file' ? readFile(argument, parts, context) : {},
    backend === 'pty' ? readTerminal(argument, parts, context) : {},
    judgeLeaves(argument, others, context),
  ]);
}

// The JSON form calls a file's path `out`.
function understoodKeys(backend: string | null): readonly string[] {
  if (backend === 'file') return ['path', 'out'];
  return backend === 'socket' || backend === 'pty' ? ['path'] : [];
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

function readFile(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  const path = lastValue(parts, 'path') ?? lastValue(parts, 'out');
  if (path === null) return {};
  const created = !isDeviceNode(absolutePath(context.directory, path));
  return { paths: [hostPath(context, argument, path, { kind: 'chardev', access: 'rw', created })] };
}

// /dev/stdout, /dev/null: nobody makes those.
function isDeviceNode(path: string): boolean {
  return /^\/dev\/(?!shm\/)/.test(path);
}

function readTerminal(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  const details = { kind: 'device-node', access: 'rw' } as const;
  const link = lastValue(parts, 'path');
  return joinReadings([
    { paths: [hostPath(context, argument, '/dev/ptmx', details)] },
    // Newer versions make a link of that name to the terminal.
    link === null ? {} : judgePath(argument, 'path', link, context, 'chardev'),
  ]);
}
