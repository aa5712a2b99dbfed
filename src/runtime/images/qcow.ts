import type { ImageBytes, ImageReferences } from './bytes.ts';
import { invalidImage, noReferences, readBackingName, requireBytes } from './bytes.ts';

/** What a qcow image of version 1 names: a backing file, whose format it cannot say (block/qcow.c). */
export function readQcow(bytes: ImageBytes): ImageReferences {
  const header = requireBytes(bytes, 0, 48, 'the end of its header');
  if (header.toString('latin1', 0, 4) !== 'QFI\xfb' || header.readUInt32BE(4) !== 1) {
    throw invalidImage('it does not begin as a qcow image');
  }
  const offset = Number(header.readBigUInt64BE(8));
  if (offset === 0) return noReferences;
  const name = readBackingName(bytes, offset, header.readUInt32BE(16));
  return name === null ? noReferences : { backing: { name, format: null }, dataFiles: [] };
}
