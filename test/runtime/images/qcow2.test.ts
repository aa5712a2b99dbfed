import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readQcow } from '../../../src/runtime/images/qcow.ts';
import { readQcow2 } from '../../../src/runtime/images/qcow2.ts';
import { backingFormat, dataFile, type Qcow2Header, qcow2 } from '../../support/image-headers.ts';
import { imageOf } from '../../support/qemu-img.ts';

const raw = { magic: backingFormat, content: 'raw' };
const unknown = { magic: 0x12345678, content: 'whatever this is' };
const data = { magic: dataFile, content: 'data.raw' };

const good: readonly (readonly [string, Qcow2Header, object])[] = [
  ['nothing', {}, { backing: null, dataFiles: [] }],
  ['version 2', { version: 2 }, { backing: null, dataFiles: [] }],
  [
    'a backing file',
    { backing: '/base' },
    { backing: { name: '/base', format: null }, dataFiles: [] },
  ],
  [
    'its format',
    { backing: 'base', extensions: [unknown, raw] },
    { backing: { name: 'base', format: 'raw' }, dataFiles: [] },
  ],
  [
    'both in version 2',
    { version: 2, backing: 'base', extensions: [raw] },
    { backing: { name: 'base', format: 'raw' }, dataFiles: [] },
  ],
  [
    'of two formats the last',
    { backing: 'b', extensions: [raw, { magic: backingFormat, content: 'qcow2' }] },
    { backing: { name: 'b', format: 'qcow2' }, dataFiles: [] },
  ],
  [
    'nothing behind the end of the extensions',
    { backing: 'b', extensions: [{ magic: 0, content: '' }, raw] },
    { backing: { name: 'b', format: null }, dataFiles: [] },
  ],
  ['an empty name', { backing: '', extensions: [raw] }, { backing: null, dataFiles: [] }],
  [
    'a name of 1023 bytes with a newline',
    { backing: `\n${'x'.repeat(1022)}` },
    { backing: { name: `\n${'x'.repeat(1022)}`, format: null }, dataFiles: [] },
  ],
  [
    'a data file',
    { features: 4n, extensions: [data] },
    { backing: null, dataFiles: [{ name: 'data.raw', base: 'process', format: 'raw' }] },
  ],
  ['a data file without its flag', { extensions: [data] }, { backing: null, dataFiles: [] }],
  [
    'the flag of version 3 in version 2',
    { version: 2, features: 4n, extensions: [] },
    { backing: null, dataFiles: [] },
  ],
  [
    'a flag without a name',
    { features: 4n },
    { backing: null, dataFiles: [{ name: null, base: 'process', format: 'raw' }] },
  ],
];

for (const [what, header, expected] of good) {
  test(`qcow2: ${what}`, () => {
    assert.deepEqual(readQcow2(imageOf(qcow2(header))), expected);
  });
}

const bad: readonly (readonly [string, Qcow2Header, string])[] = [
  ['version', { version: 4 }, 'its version 4 is not known'],
  ['version 1', { version: 1 }, 'its version 1 is not known'],
  ['cluster size', { clusterBits: 8 }, 'its clusters of 2^8 bytes are none that QEMU takes'],
  ['cluster size', { clusterBits: 22 }, 'its clusters of 2^22 bytes are none that QEMU takes'],
  ['header', { headerLength: 103 }, 'its header of 103 bytes is none that QEMU takes'],
  ['header', { headerLength: 65537 }, 'its header of 65537 bytes is none that QEMU takes'],
  ['feature', { features: 32n }, 'its incompatible features 0x20 are not all known'],
  [
    'feature',
    { features: 1n << 63n },
    'its incompatible features 0x8000000000000000 are not all known',
  ],
  [
    'backing name of 1 MB',
    { backing: 'b', backingLength: 1 << 20 },
    'the name of its backing file goes beyond its first cluster',
  ],
  [
    'backing name',
    { backing: 'x'.repeat(1024) },
    'the name of its backing file has 1024 bytes, and QEMU takes 1023 at most',
  ],
  [
    'backing offset',
    { backingOffset: 1n << 63n, backingLength: 5 },
    'the name of its backing file lies outside its first cluster',
  ],
  [
    'backing name beyond the cluster',
    { backingOffset: 65530n, backingLength: 7 },
    'the name of its backing file goes beyond its first cluster',
  ],
  ['NUL', { backing: '/etc/passwd\0.raw' }, 'there is a NUL byte in the name of its backing file'],
  ['byte', { backing: Buffer.from([0x2f, 0xff]) }, 'the name of its backing file is not UTF-8'],
  [
    'format',
    { extensions: [{ magic: backingFormat, content: 'x'.repeat(16) }] },
    'the format of its backing file has 16 bytes, over 15',
  ],
  [
    'extension',
    { extensions: [{ magic: 1, content: '', length: 0xffffffff }] },
    'a header extension goes beyond its place',
  ],
  [
    'extension over the backing name',
    { backing: 'base', extensions: [{ ...raw, length: 64 }] },
    'a header extension goes beyond its place',
  ],
  [
    'data file',
    { features: 4n, extensions: [{ magic: dataFile, content: 'x'.repeat(4096) }] },
    'the name of its data file has 4096 bytes, over 4095',
  ],
  [
    'data file',
    { features: 4n, extensions: [{ magic: dataFile, content: 'a\0b' }] },
    'there is a NUL byte in the name of its data file',
  ],
  [
    'number of extensions',
    { extensions: Array.from({ length: 65 }, () => ({ magic: 1, content: '' })) },
    'it has over 64 header extensions',
  ],
];

for (const [what, header, message] of bad) {
  test(`qcow2 with a bad ${what}: ${message}`, () => {
    assert.throws(() => readQcow2(imageOf(qcow2(header))), { code: 'VP_IMAGE_INVALID', message });
  });
}

test('a qcow2 image cut off anywhere in its header is refused', () => {
  const image = qcow2({ backing: 'base', extensions: [raw, unknown] });
  const end = image.indexOf('base') + 4;
  for (let length = 0; length < end; length += 1) {
    assert.throws(() => readQcow2(imageOf(image.subarray(0, length))), {
      code: 'VP_IMAGE_INVALID',
      message: /^it ends before /,
    });
  }
  assert.equal(readQcow2(imageOf(image.subarray(0, end))).backing?.name, 'base');
});

test('qcow of version 1 names a backing file without a format', () => {
  const image = Buffer.alloc(512);
  image.write('QFI\xfb', 0, 'latin1');
  image.writeUInt32BE(1, 4);
  assert.deepEqual(readQcow(imageOf(image)), { backing: null, dataFiles: [] });
  image.writeBigUInt64BE(100n, 8);
  image.writeUInt32BE(5, 16);
  image.write('/base', 100);
  const backing = { name: '/base', format: null };
  assert.deepEqual(readQcow(imageOf(image)), { backing, dataFiles: [] });
  image.writeBigUInt64BE(510n, 8);
  assert.throws(() => readQcow(imageOf(image)), {
    code: 'VP_IMAGE_INVALID',
    message: 'it ends before the name of its backing file',
  });
});
