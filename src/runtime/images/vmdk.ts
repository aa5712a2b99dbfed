import type { BackingName, DataFileName, ImageBytes, ImageReferences } from './bytes.ts';
import { decodeText, invalidImage, maximumNameLength, requireBytes } from './bytes.ts';

/**
 * What a vmdk image names: the parent of its descriptor, and the extents where the descriptor is a file of its own
 * (block/vmdk.c). A sparse file is its own only extent, whatever its descriptor says.
 */
export function readVmdk(bytes: ImageBytes): ImageReferences {
  const magic = requireBytes(bytes, 0, 4, 'the end of its header').toString('latin1');
  if (magic === 'KDMV') refuseDescriptorInside(bytes);
  if (magic === 'KDMV' || magic === 'COWD') return { backing: parentOf(bytes, 512), dataFiles: [] };
  return { backing: parentOf(bytes, 0), dataFiles: extentsOf(readDescriptor(bytes)) };
}

// Without a capacity QEMU takes a descriptor inside for the whole image, with extents anywhere.
function refuseDescriptorInside(bytes: ImageBytes): void {
  const header = requireBytes(bytes, 0, 36, 'the end of its header');
  if (header.readBigUInt64LE(12) === 0n && header.readBigUInt64LE(28) !== 0n) {
    throw invalidImage('its sparse header has no capacity, only a descriptor of other files');
  }
}

// QEMU looks for the parent in 20 sectors.
const parentArea = 20 * 512;

function parentOf(bytes: ImageBytes, offset: number): BackingName | null {
  const text = cText(bytes.readAt(offset, parentArea));
  const key = text.indexOf('parentFileNameHint');
  if (key === -1) return null;
  // What stands between the key and its value is skipped unseen: `="`.
  const start = key + 'parentFileNameHint="'.length;
  const end = text.indexOf('"', start);
  if (end === -1 || end - start > maximumNameLength) {
    throw invalidImage('the name of its parent has no end');
  }
  const name = nameOf(text.slice(start, end), 'the name of its parent');
  return name === '' ? null : { name, format: 'vmdk' };
}

// Several hundred extents fit; QEMU itself reads up to 1 MiB.
const maximumDescriptor = 64 * 1024;

function readDescriptor(bytes: ImageBytes): string {
  const found = bytes.readAt(0, maximumDescriptor + 1);
  const text = cText(found);
  if (text.length > maximumDescriptor) {
    throw invalidImage(`its descriptor is larger than ${maximumDescriptor} bytes`);
  }
  if (text.includes('createType')) return text;
  throw invalidImage('it is no vmdk image: it has neither a header nor a descriptor');
}

const extentLine =
  /^[ \t\v\f\r]*RW[ \t-\r]+\+?\d+[ \t-\r]*(FLAT|VMFS|SPARSE|VMFSSPARSE|SESPARSE)[ \t-\r]*"([^\n\r"]{1,511})"/gm;

function extentsOf(descriptor: string): readonly DataFileName[] {
  return [...descriptor.matchAll(extentLine)].map(([, type = '', name = '']) => ({
    name: nameOf(name, 'the name of an extent'),
    base: 'image',
    format: type === 'SPARSE' || type === 'VMFSSPARSE' ? 'vmdk' : 'raw',
  }));
}

/** As C has it: up to the first NUL. One character is one byte. */
function cText(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
}

function nameOf(text: string, what: string): string {
  return decodeText(Buffer.from(text, 'latin1'), what);
}
