import { AppError } from '../../errors.ts';
import { parseSwitch } from '../../formats/key-value.ts';
import type { BlockDefinition } from './block.ts';
import { childKeys, type DriverRole, roleOfDriver } from './block-drivers.ts';
import { parseFileName } from './file-name.ts';
import { isJsonObject, type JsonObject } from './json.ts';

export type Edge = 'file' | 'data-file' | 'backing';

/** A node before its children are known: what its own options say. */
export interface NodeOptions {
  readonly definition: BlockDefinition;
  readonly options: JsonObject;
  /** A drive's `file=`, for the node or for its file. */
  readonly fileName: string | null;
  /** Under which key the parent has it; null: on top. */
  readonly edge: Edge | null;
  /** What holds unless the options say otherwise. */
  readonly inherited: Access;
}

export interface Access {
  readonly readOnly: boolean;
  /** Open for reading until somebody wants to write. */
  readonly autoReadOnly: boolean;
}

/** How QEMU opens the node: its own options count, else those of the node above; below a backing link all is read-only. */
export function accessOf({ options, inherited }: NodeOptions): Access {
  return {
    readOnly: switchOption(options, 'read-only') ?? inherited.readOnly,
    autoReadOnly: switchOption(options, 'auto-read-only') ?? inherited.autoReadOnly,
  };
}

export function inheritAccess(edge: Edge, parent: Access): Access {
  return edge === 'backing' ? { readOnly: true, autoReadOnly: false } : parent;
}

export interface Driver {
  readonly name: string | null;
  readonly role: DriverRole | null;
}

/** The node's driver; a drive may leave it out: then QEMU probes the format on top and takes a file below. */
export function driverOf(node: NodeOptions): Driver {
  const name = textOption(node.options, 'driver');
  if (name !== null) return { name, role: roleOfDriver(name) };
  if (node.definition.source === 'blockdev') throw malformed("a block node lacks its 'driver'");
  if (node.edge === null || node.edge === 'backing') return { name, role: roleOfDriver(name) };
  return { name, role: protocolOf(node) };
}

function protocolOf({ options, fileName }: NodeOptions): DriverRole {
  if (options.has('filename') || fileName === null) return 'file';
  return parseFileName(fileName).kind;
}

/** The name that a node of the role `file` opens. */
export function fileNameOf(node: NodeOptions, driver: Driver): string {
  const given = textOption(node.options, 'filename');
  if (given !== null && node.fileName !== null)
    throw malformed("'file' and 'filename' exclude each other");
  if (given !== null) return given;
  if (node.fileName === null) throw malformed("a block node lacks its 'filename'");
  return driver.name === null
    ? plainName(node.fileName)
    : withoutPrefix(node.fileName, driver.name);
}

function plainName(text: string): string {
  const parsed = parseFileName(text);
  return parsed.kind === 'file' ? parsed.name : text;
}

// A driver that is named strips its own prefix only: any other is part of the file's name.
function withoutPrefix(text: string, driver: string): string {
  return text.startsWith(`${driver}:`) ? text.slice(driver.length + 1) : text;
}

export interface Child {
  readonly edge: Edge;
  /** A node defined before, or one defined in place. */
  readonly target: string | { readonly options: JsonObject; readonly fileName: string | null };
}

/** The nodes that a format or filter has below it. */
export function childrenOf(node: NodeOptions): Child[] {
  const children = [...childKeys].flatMap(([key, edge]) => namedChild(node, key, edge));
  if (children.some(({ edge }) => edge === 'file')) return children;
  if (node.fileName === null) throw malformed('there is no file= that says what to open');
  const target = { options: new Map(), fileName: node.fileName };
  return [{ edge: 'file', target }, ...children];
}

function namedChild(node: NodeOptions, key: string, edge: Edge): Child[] {
  const value = node.options.get(key);
  // No backing file, said expressly.
  if (value === undefined || value === null || value === '') return [];
  if (typeof value === 'string') return [{ edge, target: value }];
  if (!isJsonObject(value)) throw malformed(`'${key}' is neither a block node nor the name of one`);
  const fileName = key === 'file' ? node.fileName : null;
  return [{ edge, target: { options: value, fileName } }];
}

export function textOption(options: JsonObject, key: string): string | null {
  const value = options.get(key);
  if (value === undefined || typeof value === 'string') return value ?? null;
  throw malformed(`'${key}' must be a text`);
}

function switchOption(options: JsonObject, key: string): boolean | null {
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
