import type { Finding } from '../../errors.ts';
import { attempt, describeArgument, refuse } from './argument.ts';
import type { BlockDefinition, BlockUse } from './block.ts';
import { type BlockNode, type BlockNodes, buildBlockNodes } from './block-build.ts';
import type { Edge } from './block-node.ts';
import type { HostPath, ResourceKind } from './host-path.ts';
import { type Context, hostPath, joinReadings, type Reading } from './reading.ts';

/**
 * Which files the drives and block nodes open, and how. A file is opened for writing where a writable way that
 * passes no backing link leads to it from its user; the protocol node itself has its say, as QEMU opens it.
 */
export function readBlockGraph(
  definitions: readonly BlockDefinition[],
  uses: readonly BlockUse[],
  hasSnapshot: boolean,
  context: Context,
): Reading {
  const built = buildBlockNodes(definitions, hasSnapshot, context);
  const demands = built.nodes.map(noDemand);
  const findings = uses.flatMap((use) => addUse(built, demands, use));
  // Parents stand after their children, so each node's demand is complete when its turn comes.
  for (let index = built.nodes.length - 1; index >= 0; index -= 1) passOn(built, demands, index);
  const opened = built.nodes.map((node, index) => readNode(node, demands[index], context));
  return joinReadings([...built.readings, { findings }, ...opened]);
}

/** What the users of a node and the nodes above it want of it. */
interface Demand {
  isUsed: boolean;
  isWritten: boolean;
  isShared: boolean;
  isFlash: boolean;
  /** The node above it leaves the format to QEMU. */
  isProbed: boolean;
  /** The links that lead to it from above: `file` for the image proper. */
  readonly ways: Set<Edge>;
}

function noDemand(): Demand {
  const nothing = { isUsed: false, isWritten: false, isShared: false, isFlash: false };
  return { ...nothing, isProbed: false, ways: new Set() };
}

function addUse({ names }: BlockNodes, demands: readonly Demand[], use: BlockUse): Finding[] {
  const index = names.get(use.name);
  const demand = demands[index ?? -1];
  if (demand !== undefined) {
    demand.isUsed = true;
    demand.isWritten ||= !use.readOnly;
    demand.isShared ||= use.shared;
    demand.isFlash ||= use.flash;
  }
  return index === undefined && !automaticId.test(use.name) ? [unknownName(use)] : [];
}

// What QEMU calls a drive without an id: ide0-hd0, virtio1, none0.
const automaticId = /^[a-z]+\d+(?:-(?:hd|cd)\d+)?$/;

function unknownName({ argument, name }: BlockUse): Finding {
  const message = `${describeArgument(argument)} uses '${name}', and no drive or block node is called so`;
  return refuse(
    'VP_ARGUMENT_MALFORMED',
    message,
    'define it with -drive id= or -blockdev node-name=',
  );
}

function passOn({ nodes }: BlockNodes, demands: readonly Demand[], index: number): void {
  const node = nodes[index];
  const demand = demands[index];
  if (node === undefined || demand === undefined) return;
  // Nobody uses it yet: a device may be plugged in later.
  if (!demand.isUsed && demand.ways.size === 0) demand.isWritten = true;
  if (demand.isUsed || demand.ways.size === 0) demand.ways.add('file');
  for (const child of node.children) {
    const below = demands[child.node];
    if (below !== undefined) demandOf(node, demand, child.edge, below);
  }
}

function demandOf(node: BlockNode, demand: Demand, edge: Edge, below: Demand): void {
  const isImage = edge === 'file' || !demand.ways.has('file');
  for (const way of isImage && edge !== 'backing' ? demand.ways : [edge]) below.ways.add(way);
  if (edge === 'backing') return;
  below.isWritten ||= isOpenedForWriting(node, demand);
  below.isShared ||= demand.isShared;
  below.isFlash ||= demand.isFlash;
  below.isProbed ||= node.isProbed;
}

function isOpenedForWriting(node: BlockNode, { isWritten }: Demand): boolean {
  if (node.readOnly) return false;
  if (node.role === 'format') return true;
  return isWritten || (node.role === 'file' && !node.autoReadOnly);
}

function readNode(node: BlockNode, demand: Demand | undefined, context: Context): Reading {
  const { fileName, definition } = node;
  if (fileName === null || demand === undefined) return {};
  return attempt(
    definition.argument,
    () => describeFile(node, fileName, demand, context),
    (finding) => ({ findings: [finding] }),
  );
}

function describeFile(node: BlockNode, name: string, demand: Demand, context: Context): Reading {
  const { definition } = node;
  const access = isOpenedForWriting(node, demand) ? 'rw' : 'ro';
  const kind = kindOf(definition, demand, access);
  const details = { kind, access, shared: demand.isShared } as const;
  const path = hostPath(context, definition.argument, name, details);
  const isGuess = demand.isProbed && access === 'rw';
  return { paths: [path], findings: isGuess ? [noFormat(definition, path)] : [] };
}

function kindOf({ kind }: BlockDefinition, demand: Demand, access: 'ro' | 'rw'): ResourceKind {
  if (!demand.ways.has('file')) return demand.ways.has('data-file') ? 'data-file' : 'backing';
  if (demand.isFlash || kind === 'nvram') return access === 'rw' ? 'nvram' : 'firmware';
  return kind;
}

function noFormat({ argument }: BlockDefinition, { path }: HostPath): Finding {
  return {
    code: 'VP_WARN_NO_FORMAT',
    severity: 'warning',
    path,
    message: `${describeArgument(argument)}: ${path} is writable and has no format=, so a guest can make QEMU take it for another format`,
    hint: 'use -drive with format=raw or the format that the image has',
  };
}
