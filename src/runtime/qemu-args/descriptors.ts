import { AppError, type Finding } from '../../errors.ts';
import { type KeyValue, lastValue, parseKeyValues } from '../../formats/key-value.ts';
import { type Argument, describeArgument, refuse } from './argument.ts';
import type { HostPath } from './host-path.ts';
import { nothing, type Reading } from './reading.ts';

/** What a descriptor has to be for the property that names it. */
export type DescriptorKind = 'tap' | 'vhost-net' | 'socket' | 'character' | 'any';

/** An open descriptor of the caller that an argument names by its number. */
export interface DescriptorUse {
  readonly number: number;
  readonly kind: DescriptorKind;
  /** The set of `-add-fd` that it is put into; null: none. */
  readonly set: number | null;
  readonly argument: Argument;
}

const keys = [
  ...['fd', 'fds', 'vhostfd', 'vhostfds'],
  ...['sock-fd', 'sock-fds', 'sock_fd', 'sock_fds'],
];

/** The descriptors that an argument's properties name. 0, 1 and 2 are QEMU's in any case. Throws for what is no number. */
export function readDescriptors(argument: Argument, parts: readonly KeyValue[]): Reading {
  const descriptors: DescriptorUse[] = [];
  parts.forEach((part) => {
    // A start asks this of hundreds of parts.
    if (part.value !== 'fd' && !keys.includes(part.key)) return;
    const text = textOf(part, parts);
    if (text === null) return;
    const kind = kindOf(argument, part, parts);
    for (const use of parseNumbers(argument, part, text, kind)) descriptors.push(use);
  });
  return descriptors.length === 0 ? nothing : { descriptors };
}

/** One descriptor by its number, of any kind: `-incoming fd:3`. */
export function readDescriptor(argument: Argument, text: string): Reading {
  const part = { key: 'fd', value: text };
  return { descriptors: parseNumbers(argument, part, text, 'any') };
}

/** `-add-fd fd=3,set=1`: a descriptor that arguments name as /dev/fdset/1. */
export function readAddFd(argument: Argument): Reading {
  const pairs = parseKeyValues(argument.value, { impliedKey: null, flags: true });
  const number = parseNumber('fd', lastValue(pairs, 'fd') ?? '');
  const set = parseNumber('set', lastValue(pairs, 'set') ?? '');
  if (number > 2) return { descriptors: [{ number, kind: 'any', set, argument }] };
  throw malformed(`fd=${number} is a standard descriptor, which QEMU does not take`);
}

const setPath = /^\/dev\/fdset\/(\d+)$/;

/** Is this no file of the host, but a set of descriptors? */
export function isSet(path: string): boolean {
  return path.startsWith('/dev/fdset/') && setPath.test(path);
}

/** A finding for each set that is opened and that no `-add-fd` fills. */
export function findEmptySets(
  paths: readonly HostPath[],
  uses: readonly DescriptorUse[],
): readonly Finding[] {
  return paths.some(({ path }) => isSet(path)) ? findUnfilled(paths, uses) : [];
}

function findUnfilled(paths: readonly HostPath[], uses: readonly DescriptorUse[]): Finding[] {
  const sets = paths.filter(({ path }) => isSet(path));
  const filled = new Set(uses.map(({ set }) => set));
  return sets
    .filter(({ path }) => !filled.has(Number(setPath.exec(path)?.[1])))
    .map(({ path, from }) => {
      const message = `${from[0] ?? ''}: ${path} is a set that no -add-fd fills`;
      const hint = 'open the file in what starts qemu-launch, and add -add-fd fd=N,set=M';
      return refuse('VP_ARGUMENT_REFUSED', message, hint);
    });
}

/** The number or numbers that a property names; null: it names none. */
function textOf({ key, value }: KeyValue, parts: readonly KeyValue[]): string | null {
  if (keys.includes(key)) return value;
  // A socket address of that type; its number stands beside it.
  if (value !== 'fd' || !/(?:^|\.)type$/.test(key)) return null;
  return lastValue(parts, key.replace(/type$/, 'str')) ?? '';
}

function kindOf(
  { option }: Argument,
  { key }: KeyValue,
  parts: readonly KeyValue[],
): DescriptorKind {
  const isTap = lastValue(parts, 'type') === 'tap';
  if (isTap && /^fds?$/.test(key)) return 'tap';
  if (key.startsWith('vhost')) return isTap ? 'vhost-net' : 'character';
  // VFIO and iommufd have anonymous ones too.
  return option === 'device' || option === 'object' ? 'any' : 'socket';
}

function parseNumbers(
  argument: Argument,
  { key }: KeyValue,
  text: string,
  kind: DescriptorKind,
): DescriptorUse[] {
  const numbers = text.split(':').map((each) => parseNumber(key, each));
  return numbers
    .filter((number) => number > 2)
    .map((number) => ({ number, kind, set: null, argument }));
}

function parseNumber(key: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw malformed(`${key}=${text} is no number of an open descriptor`);
}

function malformed(message: string): AppError {
  const hint =
    'a descriptor is named by its number: what starts qemu-launch opens it, as in 3<>FILE';
  return new AppError('VP_ARGUMENT_MALFORMED', message, { hint });
}

/** `-netdev: descriptor 3`, to begin a message with. */
export function describeUse({ argument, number }: DescriptorUse): string {
  return `${describeArgument(argument)}: descriptor ${number}`;
}
