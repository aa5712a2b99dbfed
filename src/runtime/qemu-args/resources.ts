import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import { type Argument, describeArgument, refuse } from './argument.ts';
import { readDescriptors } from './descriptors.ts';
import { absolutePath } from './file-name.ts';
import { pathInAddress } from './host-address.ts';
import type { HostPath } from './host-path.ts';
import { needsOfParts } from './needs.ts';
import { driverOf, isSet, partsOf } from './parts.ts';
import { type Context, hostPath, joinReadings, nothing, type Reading } from './reading.ts';
import { type ResourceRow, rowsOf } from './resource-rows.ts';
import { judgeLeaves } from './unknown.ts';

/** An option whose paths the table of resources knows; its other parts are judged as everywhere. */
export function readResources(argument: Argument, context: Context): Reading {
  return readParts(argument, partsOf(argument), context);
}

/** The same for the argument's parts; `understood` are keys that somebody else has read. */
export function readParts(
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
  understood: readonly string[] = [],
): Reading {
  const option = argument.option ?? '';
  const driver = driverOf(argument, parts);
  const { rows, keys } = rowsOf(option, driver);
  const others = parts.filter(({ key }) => !keys.has(key) && !understood.includes(key));
  const readings: Reading[] = [];
  for (const row of rows) readings.push(readRow(row, argument, parts, context));
  readings.push(readDescriptors(argument, parts), judgeLeaves(argument, others, context));
  const needs = needsOfParts(option, driver, parts);
  if (needs.length > 0) readings.push({ needs });
  return joinReadings(readings);
}

function readRow(
  row: ResourceRow,
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
): Reading {
  const given = row.key === '' ? null : lastValue(parts, row.key);
  const value = given ?? row.fallback;
  if (value === null) return nothing;
  const isPattern = given === null && value.endsWith('*');
  if (isPattern || row.flags.length > 0)
    return readMarked(row, argument, parts, context, isPattern ? null : value);
  // An empty value means none: `romfile=`.
  if (value === '') return nothing;
  const { kind, access } = row;
  return { paths: [hostPath(context, argument, value, { kind, access })] };
}

/** A row with flags, or of nodes; `value`: null for nodes. */
function readMarked(
  row: ResourceRow,
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
  value: string | null,
): Reading {
  if (!isOpened(row, parts)) return nothing;
  if (value === null) return readNodes(row, argument, parts, context);
  const name = pathInRow(row, value, parts, context);
  if (name === null || name === '') return nothing;
  const names = namesIn(row, name, parts);
  return { paths: names.map((each) => describeRow(row, argument, each, parts, context)) };
}

function namesIn({ key, flags }: ResourceRow, last: string, parts: readonly KeyValue[]): string[] {
  if (flags.includes('list')) return last.split(':');
  if (!flags.includes('each')) return [last];
  return parts.filter((part) => part.key === key && part.value !== '').map(({ value }) => value);
}

/** Of several nodes QEMU takes one that it may open. */
function readNodes(
  row: ResourceRow,
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
): Reading {
  const pattern = row.fallback ?? '';
  const names = row.flags.includes('ask') ? [] : nodesOf(pattern, context);
  if (names.length === 0) return withoutNodes(row, argument, context);
  const paths = names.map((name) => describeRow(row, argument, name, parts, context));
  return { paths: paths.length === 1 ? paths : paths.map((path) => ({ ...path, optional: true })) };
}

function withoutNodes(row: ResourceRow, argument: Argument, context: Context): Reading {
  const canDoWithout = row.flags.includes('optional') && context.host !== null;
  return canDoWithout ? {} : unknownNode(argument, row.fallback ?? '', context);
}

function isOpened({ flags }: ResourceRow, parts: readonly KeyValue[]): boolean {
  return flags.every((flag) => {
    if (flag.startsWith('+')) return isSet(parts, flag.slice(1));
    return !flag.startsWith('-') || !isSet(parts, flag.slice(1));
  });
}

function pathInRow(
  { flags }: ResourceRow,
  value: string,
  parts: readonly KeyValue[],
  context: Context,
): string | null {
  const form = flags.find((flag) => flag.startsWith('@'));
  return form === undefined ? value : pathInAddress(form, value, parts, context);
}

function describeRow(
  { kind, access, flags }: ResourceRow,
  argument: Argument,
  name: string,
  parts: readonly KeyValue[],
  context: Context,
): HostPath {
  const has = (flag: string) => flags.includes(flag);
  const asked = accessOf(access, flags, parts);
  const isMissing = () => context.host?.exists(absolutePath(context.directory, name)) !== true;
  return hostPath(context, argument, name, {
    kind,
    access: asked,
    created:
      has('created') ||
      (has('server') && isSet(parts, 'server')) ||
      (has('missing') && asked === 'rw' && isMissing()),
    optional:
      has('optional') || (has('later') && isMissing()) || (has('search') && !name.includes('/')),
  });
}

function accessOf(
  access: 'ro' | 'rw',
  flags: readonly string[],
  parts: readonly KeyValue[],
): 'ro' | 'rw' {
  if (flags.includes('readonly')) return isSet(parts, 'readonly') ? 'ro' : 'rw';
  const isWritable = lastValue(parts, 'readonly') !== null && !isSet(parts, 'readonly');
  return flags.includes('writable') && isWritable ? 'rw' : access;
}

/** The host's nodes whose names start so. */
function nodesOf(pattern: string, { host }: Context): string[] {
  const end = pattern.lastIndexOf('/') + 1;
  const [directory, start] = [pattern.slice(0, end), pattern.slice(end, -1)];
  const names = host?.list(directory.slice(0, -1)) ?? [];
  return names.filter((name) => name.startsWith(start)).map((name) => `${directory}${name}`);
}

/** A node that nobody here can tell: `--allow` must name it. `pattern`: how its nodes are called. */
export function unknownNode(argument: Argument, pattern: string, context: Context): Reading {
  const directory = pattern.replace(/\/[^/]*\*$/, '');
  const nodes = nodesOf(pattern, context);
  if ((nodes.length > 0 ? nodes : [directory]).some(context.allowed.touches)) return {};
  const finding = refuse(
    'VP_ARGUMENT_UNKNOWN_PATH',
    `${describeArgument(argument)} opens a node ${pattern}, and which one is not known`,
    `name it in the argument, or with --allow ${directory}/…:rw before the --`,
    directory,
  );
  return { findings: [finding] };
}
