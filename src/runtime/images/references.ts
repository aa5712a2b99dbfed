import type { ImageBytes, ImageReferences } from './bytes.ts';
import type { ReferringFormat } from './probe.ts';
import { readQcow } from './qcow.ts';
import { readQcow2 } from './qcow2.ts';
import { readQed } from './qed.ts';
import { readVhdx } from './vhdx.ts';
import { readVmdk } from './vmdk.ts';

const readers: Readonly<Record<ReferringFormat, (bytes: ImageBytes) => ImageReferences>> = {
  qcow: readQcow,
  qcow2: readQcow2,
  qed: readQed,
  vmdk: readVmdk,
  vhdx: readVhdx,
};

/** Can an image of this format name other files? All but these formats are ends of a chain: raw, luks, vdi, vpc … */
export function isReferring(format: string): format is ReferringFormat {
  return Object.hasOwn(readers, format);
}

/** What an image of this format names. Pure and bounded: a few small reads. Throws VP_IMAGE_INVALID. */
export function readReferences(format: ReferringFormat, bytes: ImageBytes): ImageReferences {
  return readers[format](bytes);
}
