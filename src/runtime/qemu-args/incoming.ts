import { AppError } from '../../errors.ts';
import { type KeyValue, lastValue, parseKeyValues } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { readDescriptor } from './descriptors.ts';
import { parseJsonObject } from './json.ts';
import { leavesOf } from './leaves.ts';
import { type Context, hostPath, type Reading } from './reading.ts';

/** `-incoming`: where the guest's state comes from; an address, or since QEMU 9 a channel. */
export function readIncoming(argument: Argument, context: Context): Reading {
  const channel = channelOf(argument.value);
  return channel === null
    ? readAddress(argument, context)
    : readChannel(argument, channel, context);
}

// The whole word is the address: commas and `=` belong to the path.
function readAddress(argument: Argument, context: Context): Reading {
  const [, scheme, rest = ''] = /^([a-z]+):(.*)$/s.exec(argument.value) ?? [];
  if (scheme === 'exec') throw noCommand();
  if (scheme === 'fd') return readDescriptor(argument, rest);
  if (scheme === 'unix') return readSocket(argument, rest, context);
  if (scheme === 'file') return readFile(argument, rest.replace(/,offset=.*$/s, ''), context);
  return {};
}

function readSocket(argument: Argument, path: string, context: Context): Reading {
  const details = { kind: 'socket', access: 'rw', created: true } as const;
  return { paths: [hostPath(context, argument, path, details)] };
}

function readFile(argument: Argument, path: string, context: Context): Reading {
  return { paths: [hostPath(context, argument, path, { kind: 'state', access: 'ro' })] };
}

// Like QEMU: what cannot be read as a channel is an address.
function channelOf(value: string): KeyValue[] | null {
  if (value.startsWith('{')) return leavesOf(parseJsonObject(value));
  if (!value.includes('addr.transport=')) return null;
  const channel = parseKeyValues(value, { impliedKey: 'channel-type', flags: true });
  return /^(?:main|cpr)$/.test(lastValue(channel, 'channel-type') ?? '') ? channel : null;
}

function readChannel(argument: Argument, channel: readonly KeyValue[], context: Context): Reading {
  const get = (key: string) => lastValue(channel, key) ?? '';
  if (get('addr.transport') === 'exec') throw noCommand();
  if (get('addr.transport') === 'file') return readFile(argument, get('addr.filename'), context);
  if (get('addr.type') === 'fd') return readDescriptor(argument, get('addr.str'));
  return get('addr.type') === 'unix' ? readSocket(argument, get('addr.path'), context) : {};
}

/** `exec:` runs a shell, and no one can tell what that opens. */
function noCommand(): AppError {
  const hint = 'use unix:, tcp: or defer';
  return new AppError('VP_ARGUMENT_REFUSED', 'a command of the shell is not understood', { hint });
}
