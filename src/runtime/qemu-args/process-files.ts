import type { Argument } from './argument.ts';
import { type Context, hostPath, type Reading } from './reading.ts';
import { readUnknown } from './unknown.ts';

/** `-pidfile`: QEMU makes it, commas as they stand. */
export function readPidfile(argument: Argument, context: Context): Reading {
  const details = { kind: 'pidfile', access: 'rw', created: true } as const;
  return { paths: [hostPath(context, argument, argument.value, details)] };
}

/** `-D`: QEMU makes it, commas as they stand. */
export function readLog(argument: Argument, context: Context): Reading {
  // `%d` becomes the process id, which nobody knows yet: `--allow` must name the directory.
  if (argument.value.includes('%')) return readUnknown(argument, context);
  const details = { kind: 'log', access: 'rw', created: true } as const;
  return { paths: [hostPath(context, argument, argument.value, details)] };
}
