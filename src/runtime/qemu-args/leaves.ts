import { AppError } from '../../errors.ts';
import type { KeyValue } from '../../formats/key-value.ts';
import { isJsonObject, type Json, type JsonObject, maximumDepth } from './json.ts';

/**
 * Every text, number and switch in the tree with its dotted key: `{"server":{"path":"/x"}}` has `server.path`; true is
 * `on`. `without`: keys at the top that are left out, with what is below them.
 */
export function leavesOf(object: JsonObject, without: readonly string[] = []): KeyValue[] {
  const leaves: KeyValue[] = [];
  object.forEach((value, key) => {
    if (!without.includes(key)) collect(key, value, leaves);
  });
  return leaves;
}

function collect(key: string, value: Json, leaves: KeyValue[]): void {
  if (typeof value === 'string') leaves.push({ key, value });
  else if (typeof value === 'number') leaves.push({ key, value: String(value) });
  else if (typeof value === 'boolean') leaves.push({ key, value: value ? 'on' : 'off' });
  else if (value !== null) collectBelow(key, value, leaves);
}

function collectBelow(
  prefix: string,
  below: JsonObject | readonly Json[],
  leaves: KeyValue[],
): void {
  below.forEach((value: Json, key: string | number) => {
    collect(`${prefix}.${key}`, value, leaves);
  });
}

/** A part of a tree by its dotted key. */
export interface Branch {
  readonly key: string;
  readonly value: Json;
}

/**
 * Dotted keys as a tree: `file.filename=/x` becomes `{"file":{"filename":"/x"}}`. A later value replaces an earlier one.
 * Throws VP_ARGUMENT_MALFORMED for more nesting than JSON may have.
 */
export function treeOf(branches: readonly Branch[]): JsonObject {
  const root = new Map<string, Json>();
  for (const { key, value } of branches) place(root, splitKey(key), value);
  return root;
}

/** The tree with the dots in its keys as branches of their own, and lists as trees: QEMU's qdict_flatten makes no difference. */
export function expandKeys(object: JsonObject): JsonObject {
  const root = new Map<string, Json>();
  for (const [key, value] of object) place(root, splitKey(key), expandValue(value));
  return root;
}

function expandValue(value: Json): Json {
  if (isJsonObject(value)) return expandKeys(value);
  if (!Array.isArray(value)) return value;
  return new Map(value.map((each: Json, index) => [String(index), expandValue(each)]));
}

/** Both trees in one; where both have a value, the first one's counts. */
export function mergeTrees(first: JsonObject, second: JsonObject): JsonObject {
  const merged = new Map(second);
  for (const [key, value] of first) {
    const other = second.get(key);
    const isBoth = isJsonObject(value) && isJsonObject(other);
    merged.set(key, isBoth ? mergeTrees(value, other) : value);
  }
  return merged;
}

function splitKey(key: string): string[] {
  const names = key.split('.', maximumDepth + 1);
  if (names.length <= maximumDepth) return names;
  throw new AppError('VP_ARGUMENT_MALFORMED', `a key has more than ${maximumDepth} parts`);
}

function place(root: Map<string, Json>, names: readonly string[], value: Json): void {
  let branch = root;
  for (const name of names.slice(0, -1)) {
    const found = branch.get(name);
    const next = found instanceof Map ? found : new Map<string, Json>();
    branch.set(name, next);
    branch = next;
  }
  branch.set(names.at(-1) ?? '', value);
}
