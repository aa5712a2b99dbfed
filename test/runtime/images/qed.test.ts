import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readQed } from '../../../src/runtime/images/qed.ts';
import { imageOf } from '../../support/qemu-img.ts';

interface QedHeader {
  readonly features: bigint;
  readonly name?: string;
  readonly offset?: number;
  readonly length?: number;
}

function qed({ features, name = '', offset = 64, length = name.length }: QedHeader): Buffer {
  const image = Buffer.alloc(4096);
  image.write('QED\0', 0, 'latin1');
  image.writeUInt32LE(4096, 4);
  image.writeUInt32LE(1, 12);
  image.writeBigUInt64LE(features, 16);
  image.writeUInt32LE(offset, 56);
  image.writeUInt32LE(length, 60);
  image.write(name, 64);
  return image;
}

test('qed: a backing file where a feature says so, raw where another does', () => {
  const backingOf = (header: QedHeader) => readQed(imageOf(qed(header))).backing;
  assert.equal(backingOf({ features: 0n, name: 'base' }), null);
  assert.equal(backingOf({ features: 2n, name: 'base' }), null);
  assert.deepEqual(backingOf({ features: 1n, name: 'base' }), { name: 'base', format: null });
  assert.deepEqual(backingOf({ features: 5n, name: '/b' }), { name: '/b', format: 'raw' });
});

test('qed: bad headers', () => {
  const refusals: readonly (readonly [QedHeader, string])[] = [
    [{ features: 8n }, 'its features 0x8 are unknown'],
    [
      { features: 1n, offset: 4000, length: 97 },
      'the name of its backing file goes beyond its header',
    ],
    [
      { features: 1n, offset: 0xffffffff, length: 0xffffffff },
      'the name of its backing file goes beyond its header',
    ],
    [
      { features: 1n, length: 1024 },
      'the name of its backing file has 1024 bytes, and QEMU takes 1023 at most',
    ],
    [{ features: 1n, name: 'a', length: 2 }, 'there is a NUL byte in the name of its backing file'],
  ];
  for (const [header, message] of refusals) {
    assert.throws(() => readQed(imageOf(qed(header))), { code: 'VP_IMAGE_INVALID', message });
  }
});
