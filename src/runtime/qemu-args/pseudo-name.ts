import { AppError } from '../../errors.ts';
import type { Json, JsonObject } from './json.ts';
import { lazy } from './lazy.ts';
import { treeOf } from './leaves.ts';

const uriDrivers = 'http https ftp ftps ssh iscsi nfs rbd null-co null-aio nvme file host_device';
const driverByPrefix = lazy(
  () =>
    new Map([
      ...withDriver(`${uriDrivers} host_cdrom io_uring nbd blkdebug blkverify`.split(' '), null),
      ...withDriver(['nbd+tcp', 'nbd+unix', 'nbds', 'nbds+tcp', 'nbds+unix'], 'nbd'),
      ...withDriver(['gluster', 'gluster+tcp', 'gluster+unix', 'gluster+rdma'], 'gluster'),
      ['iser', 'iscsi'],
      ['fat', 'vvfat'],
    ]),
);

function withDriver(prefixes: readonly string[], driver: string | null): [string, string][] {
  return prefixes.map((prefix) => [prefix, driver ?? prefix]);
}

/**
 * The block driver that a file name asks for by a prefix: what stands before a colon, if no slash comes first
 * (path_has_protocol in block.c). Throws VP_ARGUMENT_UNKNOWN_PATH for a prefix that is not understood.
 */
export function driverOfName(name: string): string {
  const prefix = /^([^:/]*):/.exec(name)?.[1];
  if (prefix === undefined) return 'file';
  const driver = driverByPrefix().get(prefix);
  if (driver === undefined) throw unknownPrefix(prefix);
  return driver;
}

function unknownPrefix(prefix: string): AppError {
  return new AppError(
    'VP_ARGUMENT_UNKNOWN_PATH',
    `file names that start with '${prefix}:' are not understood`,
    {
      hint: 'for a file of that name write ./ before it; else use -blockdev with a driver of its own',
    },
  );
}

/** Has the driver its own way to read a file name (bdrv_parse_filename)? */
export function readsNames(driver: string): boolean {
  return driver === 'vvfat' || driverByPrefix().get(driver) === driver;
}

/** The options that the driver makes of a file name, with its prefix or without. */
export function optionsOfName(driver: string, name: string): JsonObject {
  const rest = name.startsWith(`${driver}:`) ? name.slice(driver.length + 1) : name;
  const pairs = Object.entries(pairsOf(driver, name, rest));
  return treeOf(pairs.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }])));
}

type Pairs = Readonly<Record<string, Json | undefined>>;

function pairsOf(driver: string, name: string, rest: string): Pairs {
  if (/^(?:file|host_device|host_cdrom|io_uring)$/.test(driver)) return { filename: rest };
  if (driver === 'nbd' && rest.startsWith('unix:')) {
    return unixServer('server', rest.slice(5).replace(/:exportname=.*$/s, ''));
  }
  if (/^(?:nbds?|gluster)\+unix:/.test(name)) {
    return unixServer(driver === 'nbd' ? 'server' : 'server.0', socketOf(name));
  }
  if (driver === 'nvme') return { device: /^nvme:\/\/([^/]*)/.exec(name)?.[1] };
  return (readers.get(driver) ?? (() => ({})))(rest, name.startsWith(`${driver}:`));
}

type NameReader = (rest: string, hasPrefix: boolean) => Pairs;

const readers: ReadonlyMap<string, NameReader> = new Map<string, NameReader>([
  ['rbd', radosPairs],
  ['vvfat', directoryPairs],
  ['blkdebug', (rest, hasPrefix) => splitPair(rest, hasPrefix, 'config')],
  ['blkverify', (rest, hasPrefix) => splitPair(rest, hasPrefix, 'x-raw')],
]);

function unixServer(key: string, path: string): Pairs {
  return { [`${key}.type`]: 'unix', [`${key}.path`]: path };
}

function socketOf(uri: string): string {
  const encoded = /[?&]socket=([^&;]*)/.exec(uri)?.[1];
  try {
    if (encoded !== undefined) return decodeURIComponent(encoded);
  } catch {
    // A stray percent sign: as good as no socket.
  }
  throw new AppError('VP_ARGUMENT_MALFORMED', 'a unix socket address needs ?socket=PATH');
}

// pool/image:key=value:key=value, where a backslash takes the next character as it is (block/rbd.c). Any setting of
// Ceph's may stand there, such as that of a log file.
function radosPairs(rest: string): Pairs {
  const words = [...rest.matchAll(/((?:[^:\\]|\\.)*)(?::|$)/gs)].map(([, word = '']) => word);
  const pairs = words.slice(1).map((word) => word.replace(/\\(.)/gs, '$1').split(/=(.*)/s));
  const named = pairs.flatMap(([key = '', value = '']) => {
    if (value === '' || /^(?:id|key|mon_host|auth_supported)$/.test(key)) return [];
    return [[/^(?:conf|keyring)$/.test(key) ? key : `${foreignPrefix}${key}`, value] as const];
  });
  return Object.fromEntries(named);
}

/** What the names of these options start with: the driver hands them on to a library. */
export const foreignPrefix = 'x-conf.';

// [floppy:][16:][rw:]DIRECTORY: the last colon ends the words, and a lone letter before it belongs to the directory (block/vvfat.c).
function directoryPairs(rest: string): Pairs {
  const name = `fat:${rest.replace(/^fat:/, '')}`;
  const end = name.lastIndexOf(':');
  const isDrive = /:[A-Za-z]$/.test(name.slice(0, end));
  return { dir: name.slice(isDrive ? end - 1 : end + 1), rw: name.includes(':rw:') };
}

// FIRST:IMAGE, where the image may bear a prefix again; without the driver's prefix it is the image alone.
function splitPair(rest: string, hasPrefix: boolean, first: string): Pairs {
  const colon = hasPrefix ? rest.indexOf(':') : -1;
  if (hasPrefix && colon === -1) {
    throw new AppError('VP_ARGUMENT_MALFORMED', `'${rest}' lacks a colon and the image after it`);
  }
  return {
    [first]: colon > 0 ? rest.slice(0, colon) : undefined,
    'x-image': rest.slice(colon + 1),
  };
}
