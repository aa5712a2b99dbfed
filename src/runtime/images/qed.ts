import type { ImageBytes, ImageReferences } from './bytes.ts';
import { invalidImage, noReferences, readBackingName, requireBytes } from './bytes.ts';

/** What a qed image names: a backing file, which is raw or of an unstated format (docs/interop/qed_spec.txt). */
export function readQed(bytes: ImageBytes): ImageReferences {
  const header = requireBytes(bytes, 0, 64, 'the end of its header');
  if (header.toString('latin1', 0, 4) !== 'QED\0') {
    throw invalidImage('it does not begin as a qed image');
  }
  const features = header.readBigUInt64LE(16);
  if (features >> 3n !== 0n)
    throw invalidImage(`its features 0x${features.toString(16)} are unknown`);
  if ((features & 1n) === 0n) return noReferences;
  const [offset, length] = [header.readUInt32LE(56), header.readUInt32LE(60)];
  // The header's clusters times their size.
  if (offset + length > header.readUInt32LE(12) * header.readUInt32LE(4)) {
    throw invalidImage('the name of its backing file goes beyond its header');
  }
  const name = readBackingName(bytes, offset, length);
  const format = (features & 4n) === 0n ? null : 'raw';
  return name === null ? noReferences : { backing: { name, format }, dataFiles: [] };
}
