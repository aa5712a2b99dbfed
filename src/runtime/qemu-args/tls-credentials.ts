import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { type Context, hostPath, type Reading } from './reading.ts';

/** What crypto/tlscreds*.c loads from `dir=`, by kind and endpoint; `?`: only where it is there. */
const files: Readonly<Record<string, string>> = {
  'x509 server': 'ca-cert.pem ca-crl.pem? server-cert.pem server-key.pem dh-params.pem?',
  'x509 client': 'ca-cert.pem client-cert.pem? client-key.pem?',
  'psk server': 'keys.psk dh-params.pem?',
  'psk client': 'keys.psk',
  'anon server': 'dh-params.pem?',
};

/** `-object tls-creds-…`: keys and certificates by the names that QEMU gives them, in one directory. */
export function readTlsCredentials(
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
): Reading {
  const directory = lastValue(parts, 'dir');
  if (directory === null || directory === '') return {};
  const kind = (lastValue(parts, 'qom-type') ?? '').slice('tls-creds-'.length);
  const names = files[`${kind} ${lastValue(parts, 'endpoint') ?? 'client'}`]?.split(' ') ?? [];
  const paths = names.map((name) =>
    hostPath(context, argument, `${directory}/${name.replace('?', '')}`, {
      kind: 'secret',
      access: 'ro',
      optional: name.endsWith('?'),
    }),
  );
  return { paths };
}
