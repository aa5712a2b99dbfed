import type { KeyValue } from '../../formats/key-value.ts';
import { lastValue, printKeyValues } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { absolutePath } from './file-name.ts';
import { handOver } from './handover.ts';
import type { HostPath } from './host-path.ts';
import type { Context, Reading } from './reading.ts';

/**
 * Memory that QEMU would make in a directory of root's, such as that of the huge pages: it gets one of its own there.
 * Null: the path is left to QEMU.
 */
export function readMemoryPlace(
  argument: Argument,
  name: string,
  rewrite: (path: string) => readonly string[],
  context: Context,
): Reading | null {
  const directory = absolutePath(context.directory, name);
  if (context.handing === 'none' || context.host?.isRootsOwn(directory) !== true) return null;
  const path = `${directory}/virt-privileges-${context.name}`;
  const named: HostPath = {
    path,
    kind: 'memory',
    access: 'rw',
    shared: false,
    created: true,
    optional: false,
    passed: true,
    from: [argument.text],
  };
  const handover = {
    argument,
    openings: [],
    taps: [],
    places: [path],
    rewrite: () => rewrite(path),
  };
  return handOver(handover, { paths: [named] });
}

/** The same for `-object memory-backend-file`. */
export function readBackendPlace(
  argument: Argument,
  parts: readonly KeyValue[],
  context: Context,
): Reading | null {
  const name = lastValue(parts, 'mem-path');
  if (!name) return null;
  const rewrite = (path: string) => {
    const moved = parts.map((part) => (part.key === 'mem-path' ? { ...part, value: path } : part));
    return ['-object', printKeyValues(moved)];
  };
  return readMemoryPlace(argument, name, rewrite, context);
}
