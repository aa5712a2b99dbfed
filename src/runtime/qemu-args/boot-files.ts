import type { Argument } from './argument.ts';
import { type Context, hostPath, type Reading } from './reading.ts';

/** `-kernel` and `-initrd`: one file, commas as they stand. */
export function readKernel(argument: Argument, context: Context): Reading {
  const kind = argument.option === 'initrd' ? 'initrd' : 'kernel';
  return { paths: [hostPath(context, argument, argument.value, { kind, access: 'ro' })] };
}

/** `-bios`: QEMU takes the name as it stands, else seeks a bare one among its own firmware. */
export function readBios(argument: Argument, context: Context): Reading {
  const optional = !argument.value.includes('/');
  const details = { kind: 'firmware', access: 'ro', optional } as const;
  return { paths: [hostPath(context, argument, argument.value, details)] };
}
