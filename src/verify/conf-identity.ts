import { findEntry, type QemuConf } from '../formats/qemu-conf.ts';
import { parseConfIdentity } from '../formats/qemu-conf-identity.ts';
import type { ConfView } from './host-view.ts';
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

/** The user or group that libvirt takes from the file, or by its own default; whether an id exists is asked of the host. */
export function readChoice(
  conf: QemuConf,
  key: ConfChoice['key'],
  view: ConfView,
  ids: Site['ids'],
): ConfChoice {
  const entry = findEntry(conf, key);
  const text = entry?.value.type === 'string' ? entry.value.value : view.defaults[key];
  const from =
    entry === undefined ? `the default of ${view.defaults.of}` : `${view.path}:${entry.line}`;
  return { key, text, from, id: resolve(text, ids[key]) };
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
