import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readVhdx } from '../../../src/runtime/images/vhdx.ts';
import { imageOf } from '../../support/qemu-img.ts';

const guids = {
  metadata: '06a27c8b90479a4bb8fe575f050f886e',
  parameters: '3767a1ca36fa434db3b633f0aa44e76b',
  locator: '2d5fd3a80bb34d45abf7d3d84834ab0c',
};

/** A vhdx image with a parent locator, as far as anybody reads it. */
function vhdx(parent: string | null, flags = 2): Buffer {
  const image = Buffer.alloc(2 ** 21);
  const [region, item] = [2 ** 20, 65536];
  image.write('vhdxfile', 0);
  image.write('regi', 192 * 1024);
  image.writeUInt32LE(1, 192 * 1024 + 8);
  image.write(guids.metadata, 192 * 1024 + 16, 'hex');
  image.writeBigUInt64LE(BigInt(region), 192 * 1024 + 32);
  image.write('metadata', region);
  image.writeUInt16LE(parent === null ? 1 : 2, region + 10);
  image.write(guids.parameters, region + 32, 'hex');
  image.writeUInt32LE(item, region + 48);
  image.writeUInt32LE(flags, region + item + 4);
  if (parent === null) return image;
  image.write(guids.locator, region + 64, 'hex');
  image.writeUInt32LE(item + 64, region + 80);
  const locator = region + item + 64;
  image.writeUInt16LE(1, locator + 18);
  image.writeUInt32LE(100, locator + 20);
  image.writeUInt32LE(200, locator + 24);
  image.writeUInt16LE(26, locator + 28);
  image.writeUInt16LE(parent.length * 2, locator + 30);
  image.write('relative_path', locator + 100, 'utf16le');
  image.write(parent, locator + 200, 'utf16le');
  return image;
}

test('vhdx: nothing is named, and a parent is refused by name', () => {
  assert.deepEqual(readVhdx(imageOf(vhdx(null, 1))), { backing: null, dataFiles: [] });
  const cases: readonly (readonly [Buffer, string])[] = [
    [vhdx('.\\base.vhdx'), 'it has a parent, .\\base.vhdx: QEMU opens no such image'],
    [vhdx(null), 'it has a parent: QEMU opens no such image'],
    [Buffer.alloc(8), 'it does not begin as a vhdx image'],
    [vhdx(null).subarray(0, 4096), 'it ends before its table of regions'],
    [vhdx(null).fill(0, 192 * 1024, 2 ** 20), 'a table of it is damaged or too large'],
    [vhdx(null).fill(0, 192 * 1024 + 16, 2 ** 20), 'it lacks its metadata'],
    [vhdx(null).fill(0, 2 ** 20 + 32), 'it lacks its file parameters'],
    [vhdx(null).fill(0xff, 192 * 1024 + 32, 192 * 1024 + 40), 'it ends before its metadata'],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => readVhdx(imageOf(bytes)), { code: 'VP_IMAGE_INVALID', message });
  }
});
