import { AppError } from '../../errors.ts';
import {
  joinKeyValues,
  type KeyValue,
  lastValue,
  parseKeyValues,
} from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { isSet } from './parts.ts';
import { type Context, hostPath, joinReadings, type Reading } from './reading.ts';
import { readParts } from './resources.ts';

/** All of them as one: QEMU adds up what several -spice say. */
export function joinSpice(given: readonly Argument[]): readonly Argument[] {
  const parts = given.filter(({ option, value }) => option === 'spice' && value !== '');
  const [first] = parts;
  if (first === undefined || parts.length === 1) return given;
  const value = joinKeyValues(parts.map((part) => part.value));
  const text = parts.map((part) => part.text).join(' ');
  return [...given.filter(({ option }) => option !== 'spice'), { ...first, value, text }];
}

/** `-spice`: the socket that it makes, and with a TLS port its key and certificates. */
export function readSpice(argument: Argument, context: Context): Reading {
  const parts = parseKeyValues(argument.value, { impliedKey: null, flags: true });
  const isLocal = isSet(parts, 'unix');
  const sockets = isLocal ? [socketOf(parts)] : [];
  const socket = { kind: 'socket', access: 'rw', created: true } as const;
  const paths = sockets.map((path) => hostPath(context, argument, path, socket));
  return joinReadings([
    { paths },
    readCertificates(argument, parts, context),
    readParts(argument, parts, context, isLocal ? ['addr', ...tlsKeys] : tlsKeys),
  ]);
}

function socketOf(parts: readonly KeyValue[]): string {
  const path = lastValue(parts, 'addr');
  if (path) return path;
  const message = 'unix=on needs addr= with the path of its socket';
  throw new AppError('VP_ARGUMENT_MALFORMED', message, { hint: 'see -spice in qemu(1)' });
}

const certificates: readonly (readonly [key: string, name: string | null])[] = [
  ['x509-key-file', 'server-key.pem'],
  ['x509-cert-file', 'server-cert.pem'],
  ['x509-cacert-file', 'ca-cert.pem'],
  ['x509-dh-key-file', null],
];

const tlsKeys = ['x509-dir', 'x509-key-password', ...certificates.map(([key]) => key)];

// Without the port QEMU reads none of them (ui/spice-core.c).
function readCertificates(
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
): Reading {
  if (!isSet(parts, 'tls-port') || lastValue(parts, 'tls-port') === '0') return {};
  const directory = lastValue(parts, 'x509-dir') ?? '.';
  const files = certificates.flatMap(([key, name]) => {
    return lastValue(parts, key) ?? (name === null ? [] : `${directory}/${name}`);
  });
  const details = { kind: 'secret', access: 'ro' } as const;
  return { paths: files.map((file) => hostPath(context, argument, file, details)) };
}
