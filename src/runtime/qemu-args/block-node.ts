import { AppError } from '../../errors.ts';
import { parseSwitch } from '../../formats/key-value.ts';
import type { BlockDefinition } from './block.ts';
import { type ChildKey, type DriverRole, roleOfDriver } from './block-drivers.ts';
import { type JsonObject, parseJsonObject } from './json.ts';
import { expandKeys, mergeTrees } from './leaves.ts';
import { driverOfName, optionsOfName, readsNames } from './pseudo-name.ts';

/** A node before its children are known: what its own options say. */
export interface NodeOptions {
  readonly definition: BlockDefinition;
  readonly options: JsonObject;
  /** A drive's `file=`, for the node or for its file. */
  readonly fileName: string | null;
  /** How many nodes stand above it. */
  readonly depth: number;
  /** Under which key the parent has it; null: on top. */
  readonly child: ChildKey | null;
  /** The format is told by a node above it: QEMU probes no more, a prefix of the name says what it is. */
  readonly isProtocol: boolean;
  /** What holds unless the options say otherwise. */
  readonly inherited: Access;
}

export interface Access {
  readonly readOnly: boolean;
  /** Open for reading until somebody wants to write. */
  readonly autoReadOnly: boolean;
}

/** A node whose options say all that its file name said. */
export interface CompleteNode extends NodeOptions {
  /** Null where QEMU probes the format. */
  readonly driver: string | null;
  /** Null for a driver that is not understood. */
  readonly role: DriverRole | null;
}

/** Finds the node's driver, and in its options what QEMU takes from the name of its file. */
export function completeNode(given: NodeOptions): CompleteNode {
  const node = given.fileName?.startsWith('json:') ? withJsonName(given, given.fileName) : given;
  const driver = textOption(node.options, 'driver') ?? impliedDriver(node);
  const role = roleOfDriver(driver);
  const complete = { ...node, driver, role };
  if (driver === null || node.fileName === null || !readsNames(driver)) return complete;
  return takeName(complete, optionsOfName(driver, node.fileName));
}

function takeName(node: CompleteNode, named: JsonObject): CompleteNode {
  if (node.options.has('filename')) throw malformed("'file' and 'filename' exclude each other");
  return { ...node, options: mergeTrees(node.options, named), fileName: null };
}

// json:{…}: options that those given expressly win over.
function withJsonName(node: NodeOptions, name: string): NodeOptions {
  const named = expandKeys(parseJsonObject(name.slice('json:'.length)));
  return { ...node, options: mergeTrees(node.options, named), fileName: null };
}

function impliedDriver({ definition, options, fileName, isProtocol }: NodeOptions): string | null {
  if (definition.source === 'blockdev') throw malformed("a block node lacks its 'driver'");
  if (!isProtocol) return null;
  return options.has('filename') || fileName === null ? 'file' : driverOfName(fileName);
}

/** How QEMU opens the node: its own options count, else those of the node above; below a backing link all is read-only. */
export function accessOf({ options, inherited, driver }: CompleteNode): Access {
  const isAuto = switchOption(options, 'auto-read-only') ?? inherited.autoReadOnly;
  return {
    readOnly: switchOption(options, 'read-only') ?? inherited.readOnly,
    // It opens its device once, the way it may want it.
    autoReadOnly: isAuto && driver !== 'io_uring',
  };
}

/** The name that a node of the role `file` opens. */
export function fileNameOf({ options, fileName }: CompleteNode): string {
  const name = textOption(options, 'filename') ?? fileName;
  if (name === null) throw malformed("a block node lacks its 'filename'");
  return name;
}

export function textOption(options: JsonObject, key: string): string | null {
  const value = options.get(key);
  if (value === undefined || typeof value === 'string') return value ?? null;
  throw malformed(`'${key}' must be a text`);
}

export function switchOption(options: JsonObject, key: string): boolean | null {
  const value = options.get(key);
  if (value === undefined || typeof value === 'boolean') return value ?? null;
  if (typeof value === 'string') return parseSwitch(key, value);
  throw malformed(`'${key}' must be true or false`);
}

export function malformed(message: string): AppError {
  return new AppError('VP_ARGUMENT_MALFORMED', message, {
    hint: 'see -drive and -blockdev in qemu(1)',
  });
}
