import type { KeyValue } from '../../formats/key-value.ts';
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
  const driver = driverOf(argument, parts);
  if (driver === 'memory-backend-file') return readMemoryFile(argument, parts, context);
  if (!credentials.includes(driver)) return readParts(argument, parts, context);
  return joinReadings([
    readTlsCredentials(argument, parts, context),
    readParts(argument, parts, context, ['dir']),
  ]);
}

function readMemoryFile(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  const place = readBackendPlace(argument, parts, context);
  if (place === null) return readParts(argument, parts, context);
  const others = parts.filter(({ key }) => key !== 'mem-path');
  return joinReadings([place, readParts(argument, others, context)]);
}
