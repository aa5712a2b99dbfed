import { AppError } from '../../errors.ts';
import { type KeyValue, parseSwitch } from '../../formats/key-value.ts';
import { childKeysOf, type DriverRole, type LocalKey, localKeysOf } from './block-drivers.ts';
import { type Access, type CompleteNode, malformed, switchOption } from './block-node.ts';
import { readDescriptors } from './descriptors.ts';
import { leavesOf } from './leaves.ts';
import { foreignPrefix } from './pseudo-name.ts';
import {
  type Context,
  hostPath,
  joinReadings,
  nothing,
  type Reading,
  saysAnything,
} from './reading.ts';
import { judgeLeaves } from './unknown.ts';
import { readVfio } from './vfio.ts';

/** What a block node's options name beside its own file and its children: sockets, device nodes, configuration files. */
export function judgeOptions(node: CompleteNode, access: Access, context: Context): Reading {
  const { role, definition } = node;
  if (role === null) return judgeUnknown(node, context);
  const leaves = ownLeaves(node);
  const isPlain = role === 'file' || role === 'format';
  const others = isPlain ? leaves : othersIn(leaves, role, localKeysOf(node.driver));
  return joinReadings([
    isPlain ? nothing : readOthers(node, leaves, access, context),
    readDescriptors(definition.argument, leaves),
    judgeLeaves(definition.argument, others, context),
  ]);
}

/** What drivers open that have more than one file or node below them. */
function readOthers(
  node: CompleteNode,
  leaves: readonly KeyValue[],
  access: Access,
  context: Context,
): Reading {
  return joinReadings([
    node.role === 'pci' ? readController(node, context) : nothing,
    readLocal(node, leaves, context),
    node.driver === 'vvfat' ? readDirectory(node, access, context) : nothing,
  ]);
}

// What else a driver of servers has is the server's.
function othersIn(
  leaves: readonly KeyValue[],
  role: DriverRole,
  locals: readonly LocalKey[],
): readonly KeyValue[] {
  if (role === 'named') return leaves.filter(({ key }) => key.startsWith(foreignPrefix));
  if (locals.length === 0) return leaves;
  return leaves.filter(({ key }) => !locals.some(({ pattern }) => pattern.test(key)));
}

/** Without its file and its children. */
function ownLeaves({ driver, role, options }: CompleteNode): KeyValue[] {
  const children = childKeysOf(driver).map(({ key }) => key);
  return leavesOf(options, [...fileKeys, ...(role === 'pci' ? controllerKeys : []), ...children]);
}

const fileKeys = ['filename', 'x-image', 'x-raw'];
const controllerKeys = ['device', 'path'];

// It may open what its options do not show.
function judgeUnknown({ definition, options, driver }: CompleteNode, context: Context): Reading {
  const judged = judgeLeaves(definition.argument, leavesOf(options), context);
  if (saysAnything(judged)) return judged;
  const hint = 'use a driver for files, such as raw or qcow2 over file or host_device';
  const message = `the block driver ${driver} is not understood`;
  throw new AppError('VP_ARGUMENT_REFUSED', message, { hint });
}

function readLocal(
  { driver, definition }: CompleteNode,
  leaves: readonly KeyValue[],
  context: Context,
): Reading {
  const abstract = new Set(leaves.filter(isAbstract).map(({ key }) => key));
  const paths = localKeysOf(driver).flatMap(({ pattern, kind, access, created }) =>
    leaves
      .filter(({ key }) => pattern.test(key) && !abstract.has(key.replace(/path$/, 'abstract')))
      .map(({ value }) => hostPath(context, definition.argument, value, { kind, access, created })),
  );
  return { paths };
}

// Such a socket has a name of its own that is no path.
function isAbstract({ key, value }: KeyValue): boolean {
  return key.endsWith('.abstract') && parseSwitch(key, value);
}

// With rw=on it writes into the directory, by way of a temporary image.
function readDirectory(node: CompleteNode, { readOnly }: Access, context: Context): Reading {
  const isWritten = switchOption(node.options, 'rw') === true && !readOnly;
  const directory = node.options.get('dir');
  if (typeof directory !== 'string') throw malformed("the driver vvfat lacks its 'dir'");
  const details = { kind: 'filesystem', access: isWritten ? 'rw' : 'ro' } as const;
  const paths = [hostPath(context, node.definition.argument, directory, details)];
  return isWritten ? { paths, hasTemporaryFiles: true } : { paths };
}

// QEMU takes it over by VFIO.
function readController({ definition, options }: CompleteNode, context: Context): Reading {
  const [address, directory] = [options.get('device'), options.get('path')];
  const name = typeof address === 'string' ? { key: 'host', value: address } : null;
  const place = typeof directory === 'string' ? { key: 'sysfsdev', value: directory } : null;
  const parts = [{ key: 'driver', value: 'vfio-pci' }, name ?? place].filter(
    (part) => part !== null,
  );
  return readVfio(definition.argument, parts, context);
}
