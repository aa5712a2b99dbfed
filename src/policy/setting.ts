import { placeOf, type YamlMark, type YamlNode } from '../formats/yaml.ts';
import { fieldName, readSection, type YamlSection } from '../formats/yaml-fields.ts';

/** One value of the policy, where it comes from, and where it stands when the file says it. */
export interface Setting<T> {
  /** As in the file: `kvm.group.gid`. */
  readonly name: string;
  readonly value: T;
  readonly origin: string;
  readonly mark: YamlMark | null;
}

/** The part `key` of the policy file, or null when it is not there. */
export function section(
  parent: YamlSection | null,
  key: string,
  known: readonly string[] | null,
): YamlSection | null {
  const entry = parent?.entries.get(key);
  if (parent === null || entry === undefined) return null;
  return readSection(entry.value, fieldName(parent, key), known);
}

/** What the file says for `key`, or null. */
export function given<T>(
  parent: YamlSection | null,
  key: string,
  read: (node: YamlNode, name: string) => T,
): Setting<T> | null {
  const entry = parent?.entries.get(key);
  if (parent === null || entry === undefined) return null;
  const name = fieldName(parent, key);
  const { mark } = entry.value;
  const origin = placeOf(entry.mark);
  return { name, value: read(entry.value, name), origin, mark };
}

/** A value that follows from another one, for example qemu.conf's user from the user's name. */
export function following<T>(name: string, value: T, leader: Setting<unknown>): Setting<T> {
  const origin = leader.mark === null ? leader.origin : `${leader.name} (${leader.origin})`;
  return { name, value, origin, mark: leader.mark };
}

/** A value nobody said: the distribution's own. */
export function targetsOwn<T>(name: string, value: T, targetId: string): Setting<T> {
  return { name, value, origin: `target ${targetId}`, mark: null };
}
