import { type KeyValue, lastValue, parseSwitch, printKeyValues } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { type Handover, handOver } from './handover.ts';
import { type Context, hostPath, type Reading } from './reading.ts';

/** Options whose word may name a character device instead, and which kind of monitor they are. */
const wordOptions: ReadonlyMap<string, string | null> = new Map([
  ['serial', null],
  ['parallel', null],
  ['gdb', null],
  ['monitor', 'mode=readline'],
  ['qmp', 'mode=control'],
  ['qmp-pretty', 'mode=control,pretty=on'],
]);

/** Does the launcher listen in QEMU's place? `mon:` and what is part of another argument QEMU does by itself. */
export function isServerOfLauncher(
  { option, value }: Argument,
  word: string | null,
  { handing }: Context,
): boolean {
  if (handing !== 'descriptors') return false;
  if (word === null) return option === 'chardev';
  return word === value && wordOptions.has(option ?? '') && !word.startsWith('mon:');
}

/** A character device that listens at a path: the launcher binds it, and QEMU gets the listening descriptor. */
export function readServer(
  argument: Argument,
  parts: readonly KeyValue[],
  path: string,
  context: Context,
): Reading {
  const details = { kind: 'socket', access: 'rw', created: true } as const;
  const socket = { ...hostPath(context, argument, path, details), passed: true } as const;
  const handover: Handover = {
    argument,
    openings: [{ source: 'socket', path: socket.path }],
    rewrite: ([number = 0]) => print(argument, parts, number),
    taps: [],
  };
  return handOver(handover, { paths: [socket] });
}

const replaced = /^(?:id|backend|path|abstract|tight|type|server|wait)$/;

function print(argument: Argument, parts: readonly KeyValue[], number: number): readonly string[] {
  const id = lastValue(parts, 'id') ?? `virt-privileges-${number}`;
  const device = printKeyValues([
    { key: 'backend', value: 'socket' },
    { key: 'id', value: id },
    ...parts.filter(({ key }) => !replaced.test(key)),
    { key: 'fd', value: String(number) },
    { key: 'server', value: 'on' },
    { key: 'wait', value: waits(argument, parts) ? 'on' : 'off' },
  ]);
  return ['-chardev', device, ...useOf(argument, id)];
}

// In JSON a server does not wait for its first client unless it says so.
function waits({ value }: Argument, parts: readonly KeyValue[]): boolean {
  const given = lastValue(parts, 'wait');
  return given === null ? !value.startsWith('{') : parseSwitch('wait', given);
}

function useOf({ option }: Argument, id: string): readonly string[] {
  const monitor = wordOptions.get(option ?? '');
  if (monitor === undefined) return [];
  return monitor === null ? [`-${option}`, `chardev:${id}`] : ['-mon', `chardev=${id},${monitor}`];
}
