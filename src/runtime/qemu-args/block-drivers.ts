import type { ResourceKind } from './host-path.ts';
import { lazy } from './lazy.ts';

/** What a block driver does with files of the host, for the drivers that are understood. */
export type DriverRole =
  /** Opens one file by name. */
  | 'file'
  /** Opens what some of its keys name, or nothing: servers, sockets, device nodes. */
  | 'named'
  /** Opens an NVMe controller or the like, by its PCI address or its place in sysfs. */
  | 'pci'
  /** Has one of the other nodes below it, for which QEMU never probes a format. */
  | 'format'
  /** Has other nodes below it. */
  | 'filter';

const roles: Readonly<Record<string, DriverRole>> = {
  file: 'file',
  host_device: 'file',
  host_cdrom: 'file',
  io_uring: 'file',
  'null-co': 'named',
  'null-aio': 'named',
  nbd: 'named',
  http: 'named',
  https: 'named',
  ftp: 'named',
  ftps: 'named',
  ssh: 'named',
  rbd: 'named',
  iscsi: 'named',
  nfs: 'named',
  gluster: 'named',
  vvfat: 'named',
  'nvme-io_uring': 'named',
  'virtio-blk-vhost-vdpa': 'named',
  'virtio-blk-vhost-user': 'named',
  nvme: 'pci',
  'virtio-blk-vfio-pci': 'pci',
  raw: 'format',
  luks: 'format',
  qcow2: 'format',
  qcow: 'format',
  qed: 'format',
  vmdk: 'format',
  vdi: 'format',
  vpc: 'format',
  vhdx: 'format',
  parallels: 'format',
  dmg: 'format',
  bochs: 'format',
  cloop: 'format',
  throttle: 'filter',
  preallocate: 'filter',
  compress: 'filter',
  'copy-on-read': 'filter',
  replication: 'filter',
  'snapshot-access': 'filter',
  'copy-before-write': 'filter',
  blkdebug: 'filter',
  blkreplay: 'filter',
  blklogwrites: 'filter',
  blkverify: 'filter',
  quorum: 'filter',
};

/** Null for a driver that is not understood. No driver means that QEMU probes: raw, since it must not be taken for more. */
export function roleOfDriver(driver: string | null): DriverRole | null {
  if (driver === null) return 'format';
  return Object.hasOwn(roles, driver) ? (roles[driver] ?? null) : null;
}

/** Every driver that is understood, for the tests that compare with a real QEMU and with the documentation. */
export function knownDrivers(): readonly string[] {
  return Object.keys(roles);
}

export type Edge = 'file' | 'data-file' | 'backing';

/** A key under which a node has another one, or a list of them. */
export interface ChildKey {
  readonly key: string;
  readonly edge: Edge;
  /** Who writes to it: whoever writes to the node, the node itself unless it is read-only, the node in any case, nobody. */
  readonly writer: 'user' | 'node' | 'always' | 'nobody';
  readonly isRequired: boolean;
}

/*
 * The permissions that each driver takes on its children (bdrv_child_perm in block/), KEY:MARKS: `*` the node itself writes,
 * metadata or a journal; `!` it does so even if read-only; `-` it never does. `?` may be left out.
 */
const children: Readonly<Record<string, string>> = {
  probed: 'file backing:? data-file:?',
  raw: 'file',
  luks: 'file header:?*',
  qcow2: 'file:* backing:? data-file:?',
  qcow: 'file:* backing:? data-file:?',
  qed: 'file:* backing:? data-file:?',
  vmdk: 'file:* backing:? data-file:?',
  vdi: 'file:*',
  vpc: 'file:*',
  vhdx: 'file:*',
  parallels: 'file:*',
  dmg: 'file:-',
  bochs: 'file:-',
  cloop: 'file:-',
  'snapshot-access': 'file:-',
  throttle: 'file',
  preallocate: 'file',
  compress: 'file',
  'copy-on-read': 'file:*',
  replication: 'file:*',
  'copy-before-write': 'file target:!',
  blkdebug: 'image',
  blkreplay: 'image',
  blklogwrites: 'file log:*',
  blkverify: 'raw test',
  quorum: 'children',
};

const writers = { '*': 'node', '!': 'always', '-': 'nobody', '': 'user' } as const;

function parseChild(word: string): ChildKey {
  const [key = '', marks = ''] = word.split(':');
  const mark = marks.replace('?', '') as keyof typeof writers;
  const edge = key === 'backing' || key === 'data-file' ? key : 'file';
  return { key, edge, writer: writers[mark], isRequired: !marks.includes('?') };
}

/** The keys of a driver's children; of none for one that has none. Null: what QEMU finds by probing. */
export function childKeysOf(driver: string | null): readonly ChildKey[] {
  const name = driver ?? 'probed';
  const known = answers.get(name);
  if (known !== undefined) return known;
  const keys = Object.hasOwn(children, name) ? children[name] : undefined;
  const found = keys?.split(' ').map(parseChild) ?? [];
  answers.set(name, found);
  return found;
}

// One machine has few drivers: the rest of the table is not read.
const answers = new Map<string, readonly ChildKey[]>();

/** Keys by which drivers name files and sockets of this host, beside a node's own file. */
export interface LocalKey {
  readonly driver: string;
  readonly pattern: RegExp;
  readonly kind: ResourceKind;
  readonly access: 'ro' | 'rw';
  readonly created: boolean;
}

const locals = `
nbd ^(server\\.)?path$ socket rw
gluster ^server\\.\\d+\\.path$ socket rw
gluster ^logfile$ log rw created
rbd ^(conf|keyring)$ config ro
blkdebug ^config$ config ro
nvme-io_uring ^path$ device-node rw
virtio-blk-vhost-vdpa ^path$ device-node rw
virtio-blk-vhost-user ^path$ socket rw`;

const localKeys = lazy(() => locals.trim().split('\n').map(parseLocal));

function parseLocal(line: string): LocalKey {
  const [driver = '', pattern = '', kind, access, created] = line.split(' ');
  const details = { kind, access, created: created !== undefined } as Omit<LocalKey, 'pattern'>;
  return { ...details, driver, pattern: new RegExp(pattern) };
}

export function localKeysOf(driver: string | null): readonly LocalKey[] {
  return localKeys().filter((local) => local.driver === driver);
}
