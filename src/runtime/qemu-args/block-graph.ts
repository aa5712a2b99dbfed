import type { Finding } from '../../errors.ts';
import { attempt, describeArgument, refuse } from './argument.ts';
import type { BlockDefinition, BlockUse } from './block.ts';
import { type BlockNode, type BlockNodes, buildBlockNodes } from './block-build.ts';
import type { ChildKey, Edge } from './block-drivers.ts';
import { malformed } from './block-node.ts';
import type { HostPath, ImageUse, ResourceKind } from './host-path.ts';
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
  kind: BlockUse['kind'];
  /** The node above it leaves the format to QEMU. */
  isProbed: boolean;
  /** What the nodes above it take it for. */
  readonly images: ImageUse[];
  /** The links that lead to it from above: `file` for the image proper. */
  readonly ways: Edge[];
}

function noDemand(): Demand {
  return {
    isUsed: false,
    isWritten: false,
    isShared: false,
    kind: 'disk',
    isProbed: false,
    images: [],
    ways: [],
  };
}

function addUse({ names }: BlockNodes, demands: readonly Demand[], use: BlockUse): Finding[] {
  const index = names.get(use.name);
  const demand = demands[index ?? -1];
  if (demand !== undefined) {
    demand.isUsed = true;
    demand.isWritten ||= !use.readOnly;
    demand.isShared ||= use.shared;
    if (use.kind !== 'disk') demand.kind = use.kind;
  }
  return index === undefined && !automaticId.test(use.name) ? [unknownName(use)] : [];
}

// What QEMU calls a drive without an id: ide0-hd0, virtio1, none0.
const automaticId =
  /^(?:(?:ide|scsi)\d+-(?:hd|cd)\d+|(?:none|virtio|floppy|pflash|mtd|sd|xen)\d+)$/;

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
  if (!demand.isUsed && demand.ways.length === 0) demand.isWritten = true;
  if (demand.isUsed || demand.ways.length === 0) addWay(demand, 'file');
  for (const child of node.children) {
    const below = demands[child.node];
    if (below !== undefined) passTo(node, demand, child.key, below);
  }
}

function addWay({ ways }: Demand, way: Edge): void {
  if (!ways.includes(way)) ways.push(way);
}

function passTo(node: BlockNode, demand: Demand, key: ChildKey, below: Demand): void {
  const { edge } = key;
  const isImage = edge === 'file' || !demand.ways.includes('file');
  for (const way of isImage && edge !== 'backing' ? demand.ways : [edge]) addWay(below, way);
  if (edge === 'backing') return;
  below.isWritten ||= isWriting(node, demand, key);
  below.isShared ||= demand.isShared;
  if (demand.kind !== 'disk') below.kind = demand.kind;
  below.isProbed ||= node.isProbed;
  if (edge === 'file') passImages(node, demand, below);
}

// Slices within slices of one file could be told apart in any number of ways.
const maximumImages = 64;

function passImages({ image, role, offset }: BlockNode, demand: Demand, below: Demand): void {
  for (const each of role === 'filter' || image === null ? demand.images : [image]) {
    const shifted = offset === 0 ? each : { ...each, offset: each.offset + offset };
    if (
      below.images.length <= maximumImages &&
      !below.images.some((other) => isSame(other, shifted))
    )
      below.images.push(shifted);
  }
}

function isSame(one: ImageUse, other: ImageUse): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Does the node take the right to write to this child? */
function isWriting({ readOnly }: BlockNode, { isWritten }: Demand, { writer }: ChildKey): boolean {
  if (writer === 'always') return true;
  if (readOnly || writer === 'nobody') return false;
  return writer === 'node' || isWritten;
}

function isOpenedForWriting({ readOnly, autoReadOnly }: BlockNode, { isWritten }: Demand): boolean {
  return !readOnly && (isWritten || !autoReadOnly);
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
  if (demand.images.length > maximumImages) throw malformed('too many images lie in one file');
  const { images } = demand;
  const access = isOpenedForWriting(node, demand) ? 'rw' : 'ro';
  const kind = kindOf(definition, demand, access);
  const details = { kind, access, shared: demand.isShared } as const;
  const named = hostPath(context, definition.argument, name, details);
  const path = images.length === 0 ? named : { ...named, images };
  const isGuess = demand.isProbed && access === 'rw';
  return { paths: [path], findings: isGuess ? [noFormat(definition, path)] : [] };
}

function kindOf({ kind }: BlockDefinition, demand: Demand, access: 'ro' | 'rw'): ResourceKind {
  if (!demand.ways.includes('file'))
    return demand.ways.includes('data-file') ? 'data-file' : 'backing';
  if (demand.kind === 'flash' || kind === 'nvram') return access === 'rw' ? 'nvram' : 'firmware';
  return kind === 'disk' ? demand.kind : kind;
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
