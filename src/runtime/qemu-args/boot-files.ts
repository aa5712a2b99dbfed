import type { Argument } from './argument.ts';
import type { ResourceKind } from './host-path.ts';
import { type Context, hostPath, type Reading } from './reading.ts';

const kinds: Readonly<Record<string, ResourceKind>> = {
  kernel: 'kernel',
  shim: 'kernel',
  dtb: 'dtb',
};

/** `-kernel`, `-shim` and `-dtb`: one file, commas as they stand. */
export function readKernel(argument: Argument, context: Context): Reading {
  const kind = kinds[argument.option ?? ''] ?? 'kernel';
  return { paths: [hostPath(context, argument, argument.value, { kind, access: 'ro' })] };
}

/**
 * `-initrd`: one file, or for a multiboot kernel `FILE ARGUMENTS,FILE…`. Only the kernel tells which, so each of the
 * names counts that is there.
 */
export function readInitrd(argument: Argument, context: Context): Reading {
  const names = [argument.value, ...modulesOf(argument.value)];
  const details = { kind: 'initrd', access: 'ro', optional: names.length > 1 } as const;
  return { paths: names.map((name) => hostPath(context, argument, name, details)) };
}

// hw/i386/multiboot.c; a doubled comma is one of the name.
function modulesOf(list: string): string[] {
  if (!/[, ]/.test(list)) return [];
  const modules = [...list.matchAll(/(?:[^,]|,,)+/g)].map(([module]) => module);
  return modules
    .map((module) => module.replaceAll(',,', ',').trimStart().split(' ')[0] ?? '')
    .filter((name) => name !== '');
}

/** `-bios`: QEMU takes the name as it stands, else seeks a bare one among its own firmware. */
export function readBios(argument: Argument, context: Context): Reading {
  const optional = !argument.value.includes('/');
  const details = { kind: 'firmware', access: 'ro', optional } as const;
  return { paths: [hostPath(context, argument, argument.value, details)] };
}

/** `-L`: a directory in which QEMU seeks its own files first. */
export function readDataDirectory(argument: Argument, context: Context): Reading {
  if (/^(?:help|\?)$/.test(argument.value)) return {};
  const details = { kind: 'firmware', access: 'ro', optional: true } as const;
  return { paths: [hostPath(context, argument, argument.value, details)] };
}
