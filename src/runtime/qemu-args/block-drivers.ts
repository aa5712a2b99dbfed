import { lazy } from './lazy.ts';

/** What a block driver does with files of the host, for the drivers that are understood. */
export type DriverRole =
  /** Opens one file by name. */
  | 'file'
  /** Talks to a server; only some keys name local sockets. */
  | 'network'
  /** Opens nothing. */
  | 'nothing'
  /** Writes to its file only when whoever uses it does. */
  | 'filter'
  /** Writes to its file on its own (metadata) as soon as it is not read-only. */
  | 'format';

const roles: Readonly<Record<DriverRole, string>> = {
  file: 'file host_device host_cdrom',
  network: 'nbd http https ftp ftps tftp ssh rbd iscsi nfs gluster',
  nothing: 'null-co null-aio',
  filter: 'raw throttle',
  format:
    'qcow2 qcow qed vmdk vdi vpc vhdx parallels dmg cloop bochs luks copy-on-read compress preallocate',
};

const roleByDriver = lazy(
  () =>
    new Map(
      Object.entries(roles).flatMap(([role, names]) =>
        names.split(' ').map((name) => [name, role as DriverRole]),
      ),
    ),
);

/** Null for a driver that is not understood. No driver means that QEMU probes: raw, since it must not be taken for more. */
export function roleOfDriver(driver: string | null): DriverRole | null {
  return driver === null ? 'filter' : (roleByDriver().get(driver) ?? null);
}

/** Keys under which a node has other nodes, and whether QEMU only ever reads through them. */
export const childKeys: ReadonlyMap<string, 'file' | 'data-file' | 'backing'> = new Map([
  ['file', 'file'],
  ['header', 'file'],
  ['data-file', 'data-file'],
  ['backing', 'backing'],
]);

/** Network keys that name a file or socket of this host; every other text belongs to the server. */
export const localKeys = /^(?:server\.(?:\d+\.)?path|conf)$/;
