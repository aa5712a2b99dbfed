import type { BackingName, DataFileName, ImageBytes, ImageReferences } from './bytes.ts';
import { decodeText, invalidImage, readBackingName, requireBytes } from './bytes.ts';

/** What a qcow2 image of version 2 or 3 names (docs/interop/qcow2.txt; checked as block/qcow2.c does). */
export function readQcow2(bytes: ImageBytes): ImageReferences {
  const header = readHeader(bytes);
  const texts = readExtensions(bytes, header);
  const dataFiles = header.hasDataFile ? [dataFileOf(texts.dataFile)] : [];
  return { backing: readBacking(bytes, header, texts.backingFormat), dataFiles };
}

interface Header {
  /** Where the extensions begin. */
  readonly length: number;
  readonly clusterSize: number;
  /** 0: there is no backing file. */
  readonly backingOffset: number;
  readonly backingLength: number;
  readonly hasDataFile: boolean;
}

function readHeader(bytes: ImageBytes): Header {
  const header = requireBytes(bytes, 0, 72, 'the end of its header');
  if (header.toString('latin1', 0, 4) !== 'QFI\xfb') {
    throw invalidImage('it does not begin as a qcow2 image');
  }
  const clusterSize = clusterSizeOf(header);
  const backingOffset = Number(header.readBigUInt64BE(8));
  if (backingOffset > clusterSize) {
    throw invalidImage('the name of its backing file lies outside its first cluster');
  }
  const backingLength = header.readUInt32BE(16);
  return { clusterSize, backingOffset, backingLength, ...readVersion(bytes, header, clusterSize) };
}

function clusterSizeOf(header: Buffer): number {
  const bits = header.readUInt32BE(20);
  if (bits >= 9 && bits <= 21) return 2 ** bits;
  throw invalidImage(`its clusters of 2^${bits} bytes are none that QEMU takes`);
}

type Version = Pick<Header, 'length' | 'hasDataFile'>;

function readVersion(bytes: ImageBytes, header: Buffer, clusterSize: number): Version {
  const version = header.readUInt32BE(4);
  if (version === 2) return { length: 72, hasDataFile: false };
  if (version !== 3) throw invalidImage(`its version ${version} is not known`);
  const more = requireBytes(bytes, 72, 32, 'the end of its header');
  const length = more.readUInt32BE(28);
  if (length < 104 || length > clusterSize) {
    throw invalidImage(`its header of ${length} bytes is none that QEMU takes`);
  }
  return { length, hasDataFile: hasDataFile(more.readBigUInt64BE(0)) };
}

// Dirty, corrupt, data file, compression, extended L2 entries; a bit above could mean another file.
function hasDataFile(features: bigint): boolean {
  if (features >> 5n !== 0n) {
    throw invalidImage(`its incompatible features 0x${features.toString(16)} are not all known`);
  }
  return (features & 4n) !== 0n;
}

function readBacking(
  bytes: ImageBytes,
  { backingOffset, backingLength, clusterSize }: Header,
  format: string | null,
): BackingName | null {
  if (backingOffset === 0) return null;
  if (backingLength > clusterSize - backingOffset) {
    throw invalidImage('the name of its backing file goes beyond its first cluster');
  }
  const name = readBackingName(bytes, backingOffset, backingLength);
  return name === null ? null : { name, format };
}

// QEMU takes the name as it is, from its own working directory.
function dataFileOf(name: string | null): DataFileName {
  return { name, base: 'process', format: 'raw' };
}

interface ExtensionTexts {
  backingFormat: string | null;
  dataFile: string | null;
}

// QEMU writes half a dozen; without a bound a hostile image could hold 260,000 of them.
const maximumExtensions = 64;

/** The header extensions that name something; of two of a kind the last counts, as with QEMU. */
function readExtensions(bytes: ImageBytes, header: Header): ExtensionTexts {
  const texts: ExtensionTexts = { backingFormat: null, dataFile: null };
  const end = header.backingOffset || header.clusterSize;
  let offset = header.length;
  for (let count = 0; offset < end; count += 1) {
    if (count === maximumExtensions) throw invalidImage(`it has over ${count} header extensions`);
    const start = requireBytes(bytes, offset, 8, 'the end of its header extensions');
    const length = start.readUInt32BE(4);
    offset += 8;
    if (start.readUInt32BE(0) === 0) break;
    if (length > end - offset) throw invalidImage('a header extension goes beyond its place');
    readExtension(bytes, start.readUInt32BE(0), offset, length, texts);
    offset += Math.ceil(length / 8) * 8;
  }
  return texts;
}

function readExtension(
  bytes: ImageBytes,
  magic: number,
  offset: number,
  length: number,
  texts: ExtensionTexts,
): void {
  const read = (limit: number, what: string) => {
    if (length > limit) throw invalidImage(`${what} has ${length} bytes, over ${limit}`);
    return decodeText(requireBytes(bytes, offset, length, what), what) || null;
  };
  if (magic === 0xe2792aca) texts.backingFormat = read(15, 'the format of its backing file');
  // PATH_MAX without the NUL.
  if (magic === 0x44415441) texts.dataFile = read(4095, 'the name of its data file');
}
