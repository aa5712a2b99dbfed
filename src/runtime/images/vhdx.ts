import type { ImageBytes, ImageReferences } from './bytes.ts';
import { invalidImage, noReferences, requireBytes } from './bytes.ts';

// As the bytes stand in the file.
const metadataRegion = '06a27c8b90479a4bb8fe575f050f886e';
const fileParameters = '3767a1ca36fa434db3b633f0aa44e76b';
const parentLocator = '2d5fd3a80bb34d45abf7d3d84834ab0c';

/**
 * A vhdx image names nothing that QEMU opens: one with a parent is refused, by QEMU too (block/vhdx.c, which
 * says no more than "not supported"). Throws VP_IMAGE_INVALID, with the parent's name where it can be read.
 */
export function readVhdx(bytes: ImageBytes): ImageReferences {
  if (bytes.readAt(0, 8).toString('latin1') !== 'vhdxfile') {
    throw invalidImage('it does not begin as a vhdx image');
  }
  const region = findRegion(bytes);
  const parameters = findItem(bytes, region, fileParameters);
  if (parameters === null) throw invalidImage('it lacks its file parameters');
  const flags = requireBytes(bytes, parameters + 4, 4, 'the end of its file parameters');
  if ((flags.readUInt32LE(0) & 2) === 0) return noReferences;
  const locator = findItem(bytes, region, parentLocator);
  const name = locator === null ? null : readParent(bytes, locator);
  throw invalidImage(
    `it has a parent${name === null ? '' : `, ${name}`}: QEMU opens no such image`,
  );
}

// Two regions and six items are usual; the format allows 2047 of each.
const maximumEntries = 64;

function findRegion(bytes: ImageBytes): number {
  const start = 192 * 1024;
  const table = requireBytes(bytes, start, 16, 'its table of regions');
  const count = entryCount(table.toString('latin1', 0, 4) === 'regi', table.readUInt32LE(8));
  const entries = requireBytes(bytes, start + 16, count * 32, 'the end of its table of regions');
  const at = findEntry(entries, metadataRegion);
  if (at === null) throw invalidImage('it lacks its metadata');
  return Number(entries.readBigUInt64LE(at + 16));
}

/** Where the item's content begins; null for an item that it has not. */
function findItem(bytes: ImageBytes, region: number, id: string): number | null {
  const table = requireBytes(bytes, region, 32, 'its metadata');
  const isTable = table.toString('latin1', 0, 8) === 'metadata';
  const count = entryCount(isTable, table.readUInt16LE(10));
  const entries = requireBytes(bytes, region + 32, count * 32, 'the end of its metadata');
  const at = findEntry(entries, id);
  return at === null ? null : region + entries.readUInt32LE(at + 16);
}

function entryCount(isTable: boolean, count: number): number {
  if (isTable && count <= maximumEntries) return count;
  throw invalidImage('a table of it is damaged or too large');
}

/** Entries of 32 bytes that begin with their id. */
function findEntry(entries: Buffer, id: string): number | null {
  for (let at = 0; at < entries.length; at += 32) {
    if (entries.toString('hex', at, at + 16) === id) return at;
  }
  return null;
}

/** The parent's path as Windows has it, from the locator's keys and values; null where none is readable. */
function readParent(bytes: ImageBytes, locator: number): string | null {
  const count = bytes.readAt(locator + 18, 2);
  const entries = bytes.readAt(locator + 20, count.length < 2 ? 0 : 12 * 16);
  for (let at = 0; at + 12 <= entries.length; at += 12) {
    const text = (offset: number, length: number) => {
      const size = Math.min(entries.readUInt16LE(at + length), 1024);
      return bytes.readAt(locator + entries.readUInt32LE(at + offset), size).toString('utf16le');
    };
    if (/^(?:relative_path|absolute_win32_path)$/.test(text(0, 8))) return text(4, 10);
  }
  return null;
}
