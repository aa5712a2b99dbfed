import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import { absolutePath } from './file-name.ts';
import type { HostLookup } from './host-lookup.ts';
import type { Context } from './reading.ts';

/** The path in an address of the form that a row of the table of resources names; null: none on this host's disks. */
export function pathInAddress(
  form: string,
  value: string | null,
  parts: readonly KeyValue[],
  { host, directory }: Context,
): string | null {
  if (form === '@cancel') return value || cancelPath(lastValue(parts, 'path') ?? '/dev/tpm0', host);
  if (value === null || value === '') return null;
  if (form === '@dbus') return pathOnBus(value);
  if (form === '@pulse') return pathOfPulse(value);
  const inside = `${value}/ctl`;
  return host?.exists(absolutePath(directory, inside)) === true ? inside : value;
}

/** `unix:path=/run/bus,guid=…`, each byte perhaps as `%2f` (D-Bus Specification, "Server Addresses"). */
function pathOnBus(address: string): string | null {
  const escaped = /(?:^|;)unix:(?:[^;]*,)?path=([^,;]*)/.exec(address)?.[1];
  if (escaped === undefined) return null;
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped;
  }
}

/** `unix:/run/pulse`, or the path itself, perhaps after the id of a machine in braces. */
function pathOfPulse(server: string): string | null {
  return /^(?:\{[^}]*\})?(?:unix:)?(\/\S*)/.exec(server)?.[1] ?? null;
}

/** Where the kernel's command to stop a TPM is, as backends/tpm/tpm_passthrough.c seeks it. */
function cancelPath(device: string, host: HostLookup | null): string | null {
  const name = device.slice(device.lastIndexOf('/') + 1);
  const paths = ['tpm', 'misc'].map((group) => `/sys/class/${group}/${name}/device/cancel`);
  return paths.find((path) => host?.exists(path) === true) ?? null;
}
