import type { Finding } from '../../errors.ts';
import { describeArgument, refuse } from './argument.ts';
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
  const demands = built.nodes.map((): Demand => ({ ...noDemand, edges: new Set() }));
  const findings = uses.flatMap((use) => addUse(built, demands, use));
  // Parents stand after their children, so each node's demand is complete when its turn comes.
  for (let index = built.nodes.length - 1; index >= 0; index -= 1) passOn(built, demands, index);
  const opened = built.nodes.map((node, index) => describeNode(node, demands[index], context));
  return joinReadings([...built.readings, { findings }, ...opened]);
}

/** What those above a node and its users want of it. */
interface Demand {
  isUsed: boolean;
  isWritten: boolean;
  isShared: boolean;
  isFlash: boolean;
  /** The links by which it is reached from above. */
  readonly edges: Set<Edge>;
}

const noDemand = { isUsed: false, isWritten: false, isShared: false, isFlash: false };

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
  return refuse('VP_ARGUMENT_MALFORMED', message, 'define it with -drive id= or -blockdev node-name=');
}

function passOn({ nodes }: BlockNodes, demands: readonly Demand[], index: number): void {
  const node = nodes[index];
  const demand = demands[index];
  if (node === undefined || demand === undefined) return;
  // Nobody uses it yet: a device may be plugged in later.
  if (!demand.isUsed && demand.edges.size === 0) demand.isWritten = true;
  for (const child of node.children) {
    const below = demands[child.node];
    below?.edges.add(child.edge);
    if (below === undefined || child.edge === 'backing') continue;
    below.isWritten ||= isOpenedForWriting(node, demand);
    below.isShared ||= demand.isShared;
    below.isFlash ||= demand.isFlash;
  }
}

function isOpenedForWriting(node: BlockNode, { isWritten }: Demand): boolean {
  if (node.readOnly) return false;
  if (node.role === 'format') return true;
  return isWritten || (node.role === 'file' && !node.autoReadOnly);
}

function describeNode(node: BlockNode, demand: Demand | undefined, context: Context): Reading {
  if (node.fileName === null || demand === undefined) return {};
  const { definition } = node;
  const access = isOpenedForWriting(node, demand) ? 'rw' : 'ro';
  const kind = kindOf(definition, demand, access);
  const shared = demand.isShared;
  const path = hostPath(context, definition.argument, node.fileName, { kind, access, shared });
  return { paths: [path], findings: demand.isProbed && access === 'rw' ? [noFormat(definition, path)] : [] };
}
