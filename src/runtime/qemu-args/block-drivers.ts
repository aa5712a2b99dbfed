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

const roles: Readonly<Record<DriverRole, string>> = {
  file: 'file host_device host_cdrom io_uring',
  named: `null-co null-aio nbd http https ftp ftps ssh rbd iscsi nfs gluster vvfat nvme-io_uring
    virtio-blk-vhost-vdpa virtio-blk-vhost-user`,
  pci: 'nvme virtio-blk-vfio-pci',
  format: 'raw luks qcow2 qcow qed vmdk vdi vpc vhdx parallels dmg bochs cloop',
  filter: `throttle preallocate compress copy-on-read replication snapshot-access copy-before-write
    blkdebug blkreplay blklogwrites blkverify quorum`,
};

const roleByDriver = lazy(
  () =>
    new Map(
      Object.entries(roles).flatMap(([role, names]) =>
        names.split(/\s+/).map((name) => [name, role as DriverRole]),
      ),
    ),
);

/** Null for a driver that is not understood. No driver means that QEMU probes: raw, since it must not be taken for more. */
export function roleOfDriver(driver: string | null): DriverRole | null {
  return driver === null ? 'format' : (roleByDriver().get(driver) ?? null);
}

/** Every driver that is understood, for the tests that compare with a real QEMU and with the documentation. */
export function knownDrivers(): readonly string[] {
  return [...roleByDriver().keys()];
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
 * The permissions that each driver takes on its children (bdrv_child_perm in block/): `*` the node itself writes,
 * metadata or a journal; `!` it does so even if read-only; `-` it never does. `?` may be left out.
 */
const children = `
probed: file backing? data-file?
raw: file
luks: file header?*
qcow2 qcow qed vmdk: file* backing? data-file?
vdi vpc vhdx parallels: file*
dmg bochs cloop snapshot-access: file-
throttle preallocate compress: file
copy-on-read replication: file*
copy-before-write: file target!
blkdebug blkreplay: image
blklogwrites: file log*
blkverify: raw test
quorum: children`;

const writers = { '*': 'node', '!': 'always', '-': 'nobody', '': 'user' } as const;

function parseChild(word: string): ChildKey {
  const key = word.replace(/[^a-z]*$/, '');
  const mark = word.slice(key.length).replace('?', '') as keyof typeof writers;
  const edge = key === 'backing' || key === 'data-file' ? key : 'file';
  return { key, edge, writer: writers[mark], isRequired: !word.includes('?') };
}

/** The keys of a driver's children; of none for one that has none. Null: what QEMU finds by probing. */
export function childKeysOf(driver: string | null): readonly ChildKey[] {
  const name = driver ?? 'probed';
  const known = answers.get(name);
  if (known !== undefined) return known;
  const lines = children.split('\n').map((line) => line.split(': '));
  const [, keys] = lines.find(([names = '']) => names.split(' ').includes(name)) ?? [];
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
  if (/^(?:file|format)$/.test(roleOfDriver(driver) ?? '')) return [];
  return localKeys().filter((local) => local.driver === driver);
}
