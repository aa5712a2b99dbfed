import type { Argument } from './argument.ts';
import { readBackendPlace } from './memory-place.ts';
import { driverOf, partsOf } from './parts.ts';
import { type Context, joinReadings, type Reading } from './reading.ts';
import { readParts } from './resources.ts';
import { readTlsCredentials } from './tls-credentials.ts';

const credentials = ['tls-creds-x509', 'tls-creds-psk', 'tls-creds-anon'];

/** `-object`: files, sockets and nodes of backends. */
export function readObject(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  const isTls = credentials.includes(driverOf(argument, parts));
  const place = readBackendPlace(argument, parts, context);
  if (place !== null) {
    const others = parts.filter(({ key }) => key !== 'mem-path');
    return joinReadings([place, readParts(argument, others, context)]);
  }
  if (!isTls) return readParts(argument, parts, context);
  return joinReadings([
    readTlsCredentials(argument, parts, context),
    readParts(argument, parts, context, ['dir']),
  ]);
}
