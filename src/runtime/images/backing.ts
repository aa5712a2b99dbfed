import { dirname } from 'node:path';
import { AppError } from '../../errors.ts';
import type { KeyValue } from '../../formats/key-value.ts';
import { readBlockGraph } from '../qemu-args/block-graph.ts';
import { isSet } from '../qemu-args/descriptors.ts';
import type { HostPath } from '../qemu-args/host-path.ts';
import type { Json } from '../qemu-args/json.ts';
import { treeOf } from '../qemu-args/leaves.ts';
import type { Context, Reading } from '../qemu-args/reading.ts';
import type { BackingName } from './bytes.ts';

/**
 * What QEMU opens for the backing file that the image at `image` names. QEMU takes the name as it takes that of
 * `-drive file=` (block.c bdrv_open_backing_file), so it is read the same way, but all of it must be disk images that
 * are only read. `given`: what the arguments say of it. Throws VP_IMAGE_REFERENCE.
 */
export function readBacking(
  image: string,
  backing: BackingName,
  given: readonly KeyValue[],
  context: Context,
): Reading {
  // Not that it is read-only, which QEMU takes for granted here and which a json: name may deny.
  const format: [string, Json][] = backing.format === null ? [] : [['driver', backing.format]];
  const definition = {
    argument: { option: null, value: image, text: `image ${image}` },
    source: 'image',
    id: null,
    options: new Map([...format, ...treeOf(given)]),
    fileName: fullName(image, backing.name),
    kind: 'backing',
    snapshot: false,
  } as const;
  const reading = readBlockGraph([definition], [], false, context);
  return { ...reading, paths: (reading.paths ?? []).map(requireBacking) };
}

/** What bears a protocol counts as absolute; any other name is taken from the directory of the image, by the name that image was opened under. */
function fullName(image: string, name: string): string {
  if (hasProtocol(name) || name.startsWith('/')) return name;
  return `${dirname(image)}/${name}`;
}

/** A colon before the first slash (block.c path_has_protocol). */
export function hasProtocol(name: string): boolean {
  return /^[^:/]*:/.test(name);
}

// Directories, sockets, devices, data files and what is written: no image may ask for such a thing.
function requireBacking(path: HostPath): HostPath {
  if (isSet(path.path)) throw refusedReference(`its backing file is ${path.path}, a descriptor`);
  if (path.kind !== 'backing') {
    throw refusedReference(`its backing file asks for ${path.path} as ${path.kind}`);
  }
  if (path.access === 'ro') return { ...path, fromImage: true };
  throw refusedReference(`its backing file asks to write to ${path.path}`);
}

/** An image that names what it may not; the caller adds which image. */
export function refusedReference(reason: string, hint?: string): AppError {
  return new AppError('VP_IMAGE_REFERENCE', reason, {
    hint: hint ?? 'if the image can be trusted, name all of its files with -blockdev',
  });
}
