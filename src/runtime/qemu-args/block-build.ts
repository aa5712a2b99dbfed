import { AppError } from '../../errors.ts';
import { attempt } from './argument.ts';
import type { BlockDefinition } from './block.ts';
import { childKeys, type DriverRole, localKeys } from './block-drivers.ts';
import {
  type Access,
  accessOf,
  type Child,
  childrenOf,
  type Driver,
  driverOf,
  type Edge,
  fileNameOf,
  inheritAccess,
  malformed,
  type NodeOptions,
  textOption,
} from './block-node.ts';
import { parseFileName, unknownProtocol } from './file-name.ts';
import type { JsonObject } from './json.ts';
import { leavesOf } from './leaves.ts';
import { type Context, judgePath, type Reading } from './reading.ts';
import { judgeLeaves } from './unknown.ts';

/** A block node; its children stand before it in the list of nodes. */
export interface BlockNode extends Access {
  readonly definition: BlockDefinition;
  readonly role: DriverRole | null;
  /** The file it opens, as QEMU gets the name; null where it opens none. */
  readonly fileName: string | null;
  /** QEMU looks into the image for its format. */
  readonly isProbed: boolean;
  readonly children: readonly { readonly edge: Edge; readonly node: number }[];
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
  for (const source of ['blockdev', 'drive']) {
    for (const definition of definitions) {
      if (definition.source === source) addDefinition(builder, definition, hasSnapshot);
    }
  }
  return builder;
}

function addDefinition(builder: Builder, definition: BlockDefinition, hasSnapshot: boolean): void {
  const { argument, options, fileName, source, id } = definition;
  // With a snapshot the image itself is only read: QEMU writes to a temporary file.
  const isSnapshot = source === 'drive' && (definition.snapshot ?? hasSnapshot);
  const inherited = { readOnly: isSnapshot, autoReadOnly: source === 'drive' };
  const own = isSnapshot ? new Map([...options, ['read-only', true] as const]) : options;
  attempt(
    argument,
    () => {
      // Before anything else is said: the commas of its JSON make nonsense of the other options.
      if (fileName?.startsWith('json:')) throw unknownProtocol('json');
      const node = addNode(builder, { definition, options: own, fileName, edge: null, inherited });
      if (id !== null) setName(builder, id, node);
    },
    (finding) => {
      builder.readings.push({ findings: [finding] });
      for (const name of [id, options.get('node-name')]) {
        if (typeof name === 'string' && !builder.names.has(name)) builder.names.set(name, null);
      }
    },
  );
}

function addNode(builder: Builder, node: NodeOptions): number {
  const driver = driverOf(node);
  const access = accessOf(node);
  builder.readings.push(...judgeOptions(builder, node, driver));
  const children = hasChildren(driver) ? childrenOf(node) : [];
  const nodes = children.flatMap((child) => addChild(builder, node, access, child));
  builder.nodes.push({
    ...access,
    definition: node.definition,
    role: driver.role,
    fileName: driver.role === 'file' ? fileNameOf(node, driver) : null,
    isProbed: driver.name === null && node.edge === null,
    children: nodes,
  });
  const name = textOption(node.options, 'node-name');
  if (name !== null) setName(builder, name, builder.nodes.length - 1);
  return builder.nodes.length - 1;
}

function hasChildren({ role }: Driver): boolean {
  return role === 'filter' || role === 'format';
}

function addChild(builder: Builder, parent: NodeOptions, access: Access, { edge, target }: Child) {
  if (typeof target === 'string') return findNode(builder, edge, target);
  const inherited = inheritAccess(edge, access);
  return [
    { edge, node: addNode(builder, { ...target, definition: parent.definition, edge, inherited }) },
  ];
}

function findNode({ names }: Builder, edge: Edge, name: string): { edge: Edge; node: number }[] {
  const node = names.get(name);
  if (node === undefined) throw malformed(`no block node '${name}' is defined before it`);
  return node === null ? [] : [{ edge, node }];
}

function setName(builder: Builder, name: string, node: number): void {
  const other = builder.names.get(name);
  if (other !== undefined && other !== node)
    throw malformed(`the block node '${name}' is defined twice`);
  builder.names.set(name, node);
}

/** What the node's options name beside its own file and children. */
function judgeOptions({ context }: Builder, node: NodeOptions, driver: Driver): Reading[] {
  const { argument } = node.definition;
  if (driver.role === 'network') return judgeNetwork(node, driver, context);
  if (driver.role !== null) {
    return [judgeLeaves(argument, leavesOf(withoutUnderstood(node.options)), context)];
  }
  const judged = judgeLeaves(argument, leavesOf(node.options), context);
  if (judged.paths?.length === 0 && judged.findings?.length === 0) throw unknownDriver(driver);
  return [judged];
}

function withoutUnderstood(options: JsonObject): JsonObject {
  return new Map([...options].filter(([key]) => key !== 'filename' && !childKeys.has(key)));
}

// It may open what its options do not show.
function unknownDriver({ name }: Driver): AppError {
  const hint = 'use a driver for files, such as raw or qcow2 over file or host_device';
  return new AppError('VP_ARGUMENT_REFUSED', `the block driver ${name} is not understood yet`, {
    hint,
  });
}

// The server's own names are not ours; a socket is.
function judgeNetwork(node: NodeOptions, driver: Driver, context: Context): Reading[] {
  const { argument } = node.definition;
  const isLocal = (key: string) => localKeys.test(key) || (driver.name === 'nbd' && key === 'path');
  const named = leavesOf(node.options).filter(({ key }) => isLocal(key));
  const parsed = node.fileName === null ? null : parseFileName(node.fileName);
  const socket = parsed?.kind === 'network' ? parsed.socket : null;
  const leaves = socket === null ? named : [...named, { key: 'file', value: socket }];
  return leaves.map(({ key, value }) => judgePath(argument, key, value, context));
}
