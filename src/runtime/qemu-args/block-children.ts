import type { AppError } from '../../errors.ts';
import { backingOptions } from './backing-options.ts';
import { type ChildKey, childKeysOf } from './block-drivers.ts';
import {
  type Access,
  type CompleteNode,
  malformed,
  type NodeOptions,
  switchOption,
  textOption,
} from './block-node.ts';
import { isJsonObject, type Json, type JsonObject, maximumDepth } from './json.ts';

export interface Child {
  readonly key: ChildKey;
  /** A node defined before, or one defined in place. */
  readonly target: string | NodeOptions;
}

/** The nodes that a format or filter has below it. */
export function childrenOf(node: CompleteNode, access: Access): Child[] {
  const all: Child[] = [];
  for (const key of childKeysOf(node.driver)) {
    const children = childrenUnder(node, access, effectiveKey(node, key));
    if (children.length === 0 && key.isRequired) throw lacksChild(key);
    for (const child of children) all.push(child);
  }
  return all;
}

function lacksChild({ key }: ChildKey): AppError {
  return malformed(`there is no ${key}= that says what to open`);
}

// Options that make a driver write of its own accord.
function effectiveKey({ driver, options }: CompleteNode, key: ChildKey): ChildKey {
  const takes = options.get('take-child-perms');
  if (takes === undefined && driver !== 'quorum') return key;
  return writingKey(key, takes, driver === 'quorum' && switchOption(options, 'rewrite-corrupted'));
}

function writingKey(
  key: ChildKey,
  takes: Json | undefined,
  isCorrecting: boolean | null,
): ChildKey {
  const taken = isJsonObject(takes) ? [...takes.values()] : Array.isArray(takes) ? takes : [];
  const isWriter = taken.some((permission: Json) => /write|resize/.test(String(permission)));
  if (isWriter) return { ...key, writer: 'always' };
  return isCorrecting ? { ...key, writer: 'node' } : key;
}

function childrenUnder(node: CompleteNode, access: Access, key: ChildKey): Child[] {
  const value = node.options.get(key.key);
  if (typeof value === 'string' && value !== '') return [{ key, target: value }];
  return childrenInPlace(node, access, key, value);
}

/** Children that no node before them is. */
function childrenInPlace(
  node: CompleteNode,
  access: Access,
  key: ChildKey,
  value: Json | undefined,
): Child[] {
  const name = nameOfChild(node, key.key);
  if (value === undefined || value === null || value === '') {
    // No backing file, said expressly, or a file by its name alone.
    return name === null ? [] : [{ key, target: optionsBelow(node, access, key, new Map(), name) }];
  }
  if (key.edge === 'backing' && backingOptions(node) !== null) return [];
  const values = key.key === 'children' ? listOf(value) : [value];
  return values.map((each) => ({ key, target: targetOf(node, access, key, each, name) }));
}

function listOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? [...value.values()] : [value];
}

function targetOf(
  node: CompleteNode,
  access: Access,
  key: ChildKey,
  value: Json,
  name: string | null,
): string | NodeOptions {
  if (typeof value === 'string') return value;
  if (isJsonObject(value)) return optionsBelow(node, access, key, value, name);
  throw malformed(`'${key.key}' is neither a block node nor the name of one`);
}

function nameOfChild({ driver, options, fileName }: CompleteNode, key: string): string | null {
  if (key === 'file') return fileName;
  if (key === 'raw') return textOption(options, 'x-raw');
  return key === 'image' || (driver === 'blkverify' && key === 'test')
    ? textOption(options, 'x-image')
    : null;
}

function optionsBelow(
  { definition, driver, role, isProtocol, depth }: CompleteNode,
  access: Access,
  child: ChildKey,
  options: JsonObject,
  fileName: string | null,
): NodeOptions {
  // What a format has below it is never probed, nor what is only passed through below such a node.
  const isData = driver === 'quorum' || child.key === 'test';
  const isBelow = child.edge !== 'backing' && (role === 'format' || (isProtocol && !isData));
  const inherited = inheritAccess(child, access);
  // A name with a thousand prefixes.
  if (depth >= maximumDepth) throw malformed(`over ${maximumDepth} block nodes lie in each other`);
  return { definition, options, fileName, child, isProtocol: isBelow, inherited, depth: depth + 1 };
}

function inheritAccess({ edge }: ChildKey, parent: Access): Access {
  return edge === 'backing' ? { readOnly: true, autoReadOnly: false } : parent;
}
