import type { Finding } from '../../errors.ts';
import { parseSize } from '../../formats/key-value.ts';
import { attempt } from './argument.ts';
import { backingOptions } from './backing-options.ts';
import { type BlockDefinition, blockSources } from './block.ts';
import { type Child, childrenOf } from './block-children.ts';
import type { ChildKey, DriverRole } from './block-drivers.ts';
import { judgeOptions } from './block-local.ts';
import {
  type Access,
  accessOf,
  type CompleteNode,
  completeNode,
  fileNameOf,
  malformed,
  type NodeOptions,
  textOption,
} from './block-node.ts';
import type { ImageUse } from './host-path.ts';
import type { JsonObject } from './json.ts';
import { leavesOf } from './leaves.ts';
import { needsOfNode } from './needs.ts';
import type { Context, Reading } from './reading.ts';

/** A block node; its children stand before it in the list of nodes. */
export interface BlockNode extends Access {
  readonly definition: BlockDefinition;
  readonly role: DriverRole | null;
  /** The file it opens, as QEMU gets the name; null where it opens none. */
  readonly fileName: string | null;
  /** QEMU looks into the image for its format. */
  readonly isProbed: boolean;
  /** How it reads its file as an image; null for one that shows what is below it as it is. */
  readonly image: ImageUse | null;
  /** Where in its file a raw slice begins. */
  readonly offset: number;
  readonly children: readonly { readonly key: ChildKey; readonly node: number }[];
}

export interface BlockNodes {
  readonly nodes: readonly BlockNode[];
  /** By node-name or drive id; null: the definition is refused, so nothing is said of its users. */
  readonly names: ReadonlyMap<string, number | null>;
  readonly readings: readonly Reading[];
}

interface Builder {
  readonly context: Context;
  readonly nodes: BlockNode[];
  readonly names: Map<string, number | null>;
  readonly readings: Reading[];
}

/**
 * All nodes of all definitions, in QEMU's order: block devices first, then drives. As in QEMU a name must be defined
 * before it is used, so there can be no cycle.
 */
export function buildBlockNodes(
  definitions: readonly BlockDefinition[],
  hasSnapshot: boolean,
  context: Context,
): BlockNodes {
  const builder: Builder = { context, nodes: [], names: new Map(), readings: [] };
  for (const source of blockSources) {
    for (const definition of definitions) {
      if (definition.source === source) addDefinition(builder, definition, hasSnapshot);
    }
  }
  return builder;
}

function addDefinition(builder: Builder, definition: BlockDefinition, hasSnapshot: boolean): void {
  const { argument, id } = definition;
  attempt(
    argument,
    () => {
      const node = addNode(builder, topNode(definition, hasSnapshot));
      if (id !== null) setName(builder, id, node);
    },
    (finding) => refuseDefinition(builder, definition, finding),
  );
}

function topNode(definition: BlockDefinition, hasSnapshot: boolean): NodeOptions {
  const { options, fileName, source } = definition;
  // With a snapshot the image itself is only read: QEMU writes to a temporary file.
  const isSnapshot = source === 'drive' && (definition.snapshot ?? hasSnapshot);
  // A backing file is only read unless its own options say otherwise, and a json: name has such options.
  const inherited = { readOnly: source === 'image', autoReadOnly: false };
  const own = isSnapshot ? readOnlyOptions(options) : options;
  return {
    definition,
    options: own,
    fileName,
    child: null,
    isProtocol: false,
    inherited,
    depth: 0,
  };
}

function readOnlyOptions(options: JsonObject): JsonObject {
  return new Map([...options, ['read-only', true] as const]);
}

function refuseDefinition(
  { readings, names }: Builder,
  { id, options }: BlockDefinition,
  finding: Finding,
): void {
  readings.push({ findings: [finding] });
  for (const name of [id, options.get('node-name')]) {
    if (typeof name === 'string' && !names.has(name)) names.set(name, null);
  }
}

function addNode(builder: Builder, given: NodeOptions): number {
  const node = completeNode(given);
  const access = accessOf(node);
  builder.readings.push(judgeOptions(node, access, builder.context), {
    needs: needsOfNode(node.driver, node.options),
  });
  const hasChildren = node.role === 'format' || node.role === 'filter';
  const children = hasChildren ? childrenOf(node, access) : [];
  const nodes = children.flatMap((child) => addChild(builder, child));
  builder.nodes.push({
    ...access,
    definition: node.definition,
    role: node.role,
    fileName: node.role === 'file' ? fileNameOf(node) : null,
    isProbed: node.driver === null && node.child === null,
    image: imageOf(node),
    offset: offsetOf(node),
    children: nodes,
  });
  const name = textOption(node.options, 'node-name');
  if (name !== null) setName(builder, name, builder.nodes.length - 1);
  return builder.nodes.length - 1;
}

function imageOf(node: CompleteNode): ImageUse | null {
  const { role, driver, options } = node;
  if (role !== 'format' || driver === 'raw') return null;
  const backing = backingOptions(node);
  const hasBacking = options.has('backing') && backing === null;
  const image = { format: driver, hasBacking, hasDataFile: options.has('data-file'), offset: 0 };
  return backing === null ? image : { ...image, backingOptions: leavesOf(backing) };
}

function offsetOf({ driver, options }: CompleteNode): number {
  const offset = driver === 'raw' ? (options.get('offset') ?? 0) : 0;
  if (typeof offset === 'number') return offset;
  return parseSize('offset', String(offset));
}

function addChild(builder: Builder, { key, target }: Child): BlockNode['children'] {
  if (typeof target !== 'string') return [{ key, node: addNode(builder, target) }];
  const node = builder.names.get(target);
  if (node === undefined) throw malformed(`no block node '${target}' is defined before it`);
  return node === null ? [] : [{ key, node }];
}

function setName(builder: Builder, name: string, node: number): void {
  const other = builder.names.get(name);
  if (other !== undefined && other !== node)
    throw malformed(`the block node '${name}' is defined twice`);
  builder.names.set(name, node);
}
