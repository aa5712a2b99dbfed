import { findEntry, type QemuConf } from '../formats/qemu-conf.ts';
import { parseConfIdentity } from '../formats/qemu-conf-identity.ts';
import type { Site } from './site.ts';

/** Who QEMU runs as by qemu.conf. */
export interface ConfChoice {
  readonly key: 'user' | 'group';
  /** As it is written, or the default's name. */
  readonly text: string;
  /** Where it is from: a line, or whose default it is. */
  readonly from: string;
  /** Null: nobody has that name. */
  readonly id: number | null;
}

/** The ids that a daemon gives guests, which has read the file as it is. */
export interface DaemonIdentity {
  readonly uid: number;
  readonly gid: number;
  /** What it is called. */
  readonly daemon: string;
}

/**
 * User and group that libvirt takes from the file, or by the default that it was built with: that of a
 * daemon that runs, else the release's. Whether a name exists is asked of the host.
 */
export function readChoices(
  { host, ids, names }: Pick<Site, 'host' | 'ids' | 'names'>,
  conf: QemuConf,
  built: DaemonIdentity | null,
): readonly [ConfChoice, ConfChoice] {
  const read = (key: ConfChoice['key']): ConfChoice => {
    const entry = findEntry(conf, key);
    if (entry !== undefined) {
      const text = entry.value.type === 'string' ? entry.value.value : '';
      return { key, text, from: `${host.conf.path}:${entry.line}`, id: resolve(text, ids[key]) };
    }
    const from = `the default of ${built?.daemon ?? host.conf.defaults.of}`;
    if (built === null) {
      const text = host.conf.defaults[key];
      return { key, text, from, id: resolve(text, ids[key]) };
    }
    const id = key === 'user' ? built.uid : built.gid;
    return { key, text: names[key](id) ?? String(id), from, id };
  };
  return [read('user'), read('group')];
}

/** `root` in any way that libvirt understands. */
export function isRootText(text: string): boolean {
  return resolve(text, (name) => (name === 'root' ? 0 : null)) === 0;
}

// A name counts before a number, unless a plus says that a number is meant.
function resolve(text: string, idOf: (name: string) => number | null): number | null {
  const identity = parseConfIdentity(text);
  if (identity.kind === 'name') return idOf(identity.name);
  if (identity.kind === 'number') return (text.startsWith('+') ? null : idOf(text)) ?? identity.id;
  // libvirt keeps the identity that it has itself.
  return identity.kind === 'unchanged' ? 0 : null;
}
