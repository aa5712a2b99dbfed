import type { Finding } from '../../errors.ts';
import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import { type Argument, describeArgument } from './argument.ts';
import {
  type Context,
  hostPath,
  joinReadings,
  judgePath,
  nothing,
  type Reading,
} from './reading.ts';

/**
 * What a network argument makes QEMU run and what cannot do its work without privileges: qemu-bridge-helper, tap
 * scripts, servers beside it. QEMU must be able to read them.
 */
export function readNetworkHelpers(
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
): Reading {
  const type = lastValue(parts, 'type') ?? '';
  if (!startingTypes.includes(type) && !parts.some(namesProgram)) return nothing;
  const findings = findHelpers(argument, type, parts);
  return joinReadings([{ findings }, readHelpers(argument, parts, context)]);
}

/** Networks that start programs of their own accord. */
const startingTypes = ['tap', 'bridge', 'passt'];

function namesProgram({ key }: KeyValue): boolean {
  return key === 'smb' || helperKeys.includes(key);
}

function findHelpers(argument: Argument, type: string, parts: readonly KeyValue[]): Finding[] {
  const isGiven = (key: string) => lastValue(parts, key) !== null;
  if (type === 'bridge' || (type === 'tap' && isGiven('helper'))) return [bridgeHelper(argument)];
  if (type === 'user' && isGiven('smb')) return [server(argument, '/usr/sbin/smbd')];
  if (type === 'passt') return [server(argument, lastValue(parts, 'path') ?? 'passt')];
  if (type !== 'tap' || isGiven('fd') || isGiven('fds')) return [];
  const scripts = scriptKeys.filter((key) => scriptOf(parts, key) !== null);
  return scripts.length === 0 ? [] : [tapScripts(argument, parts, scripts)];
}

/** Properties that name a program. */
export const helperKeys: readonly string[] = ['script', 'downscript', 'helper'];

/** The programs of the argument; what runs at its end may be missing. */
function readHelpers(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  const isTap =
    lastValue(parts, 'type') === 'tap' && !parts.some(({ key }) => noScripts.includes(key));
  const keys = helperKeys.filter((key) => isTap || lastValue(parts, key) !== null);
  return joinReadings(keys.map((key) => readHelper(argument, key, scriptOf(parts, key), context)));
}

const noScripts = ['fd', 'fds', 'helper'];

function readHelper(
  argument: Argument,
  key: string,
  program: string | null,
  context: Context,
): Reading {
  if (program === null) return {};
  // A helper with words after it goes through a shell.
  if (key === 'helper' && /\s/.test(program)) return judgePath(argument, key, program, context);
  const details = { kind: 'config', access: 'ro', optional: key === 'downscript' } as const;
  return { paths: [hostPath(context, argument, program, details)] };
}

const defaultScripts = new Map([
  ['script', '/etc/qemu-ifup'],
  ['downscript', '/etc/qemu-ifdown'],
]);
const scriptKeys = [...defaultScripts.keys()];

/** The program of this property; null: none. */
function scriptOf(parts: readonly KeyValue[], key: string): string | null {
  const value = lastValue(parts, key) ?? defaultScripts.get(key) ?? '';
  return value === '' || (key !== 'helper' && value === 'no') ? null : value;
}

function bridgeHelper(argument: Argument): Finding {
  const what = 'runs a set-id helper, which gets no new privileges here and cannot make the tap';
  const hint =
    'make the tap before, for the user that QEMU runs as: -netdev tap,ifname=NAME,script=no,downscript=no';
  return warning(`${describeArgument(argument)} ${what}`, hint);
}

function server(argument: Argument, program: string): Finding {
  const message = `${describeArgument(argument)} runs ${program} as the user that QEMU runs as, with files in a temporary directory`;
  return warning(message, 'start it beside QEMU and connect QEMU to it');
}

function tapScripts(
  argument: Argument,
  parts: readonly KeyValue[],
  keys: readonly string[],
): Finding {
  const files = keys.map((key) => scriptOf(parts, key)).join(' and ');
  const without = keys.map((key) => `${key}=no`).join(',');
  const message = `${describeArgument(argument)} runs ${files} as the user that QEMU runs as, without privileges`;
  return warning(message, `add ${without} and set the tap up before`);
}

function warning(message: string, hint: string): Finding {
  return { code: 'VP_WARN_HELPER', severity: 'warning', message, hint };
}
