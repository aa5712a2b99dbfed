import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readVmdk } from '../../../src/runtime/images/vmdk.ts';
import { imageOf } from '../../support/qemu-img.ts';

function sparse(descriptor: string, capacity = 2048n): Buffer {
  const image = Buffer.alloc(65536);
  image.write('KDMV', 0, 'latin1');
  image.writeUInt32LE(1, 4);
  image.writeBigUInt64LE(capacity, 12);
  image.writeBigUInt64LE(1n, 28);
  image.write(descriptor, 512);
  return image;
}

const extents = `# Disk DescriptorFile
version=1
createType="twoGbMaxExtentSparse"
parentFileNameHint="../base.vmdk"
RW 4194304 SPARSE "y-s001.vmdk"
  RW 10 FLAT "/flat.vmdk" 0
RDONLY 7 SPARSE "never.vmdk"
# RW 7 SPARSE "comment.vmdk"
RW
20 VMFS "over two lines"
`;

test('vmdk: a descriptor names its extents and its parent', () => {
  const image = (name: string) => ({ name, base: 'image' });
  assert.deepEqual(readVmdk(imageOf(Buffer.from(extents))), {
    backing: { name: '../base.vmdk', format: 'vmdk' },
    dataFiles: [
      { ...image('y-s001.vmdk'), format: 'vmdk' },
      { ...image('/flat.vmdk'), format: 'raw' },
      { ...image('over two lines'), format: 'raw' },
    ],
  });
});

test('vmdk: a sparse file has a parent, but itself for its only extent', () => {
  assert.deepEqual(readVmdk(imageOf(sparse(extents))), {
    backing: { name: '../base.vmdk', format: 'vmdk' },
    dataFiles: [],
  });
  const none = { backing: null, dataFiles: [] };
  assert.deepEqual(readVmdk(imageOf(sparse('createType="x"'))), none);
  assert.deepEqual(
    readVmdk(imageOf(Buffer.from('createType="monolithicFlat"\0RW 1 FLAT "x" 0'))),
    none,
  );
});

test('vmdk: bad images', () => {
  const cases: readonly (readonly [Buffer, string])[] = [
    [Buffer.alloc(3), 'it ends before the end of its header'],
    [Buffer.alloc(99), 'it is no vmdk image: it has neither a header nor a descriptor'],
    [sparse(extents, 0n), 'its sparse header has no capacity, only a descriptor of other files'],
    [sparse('parentFileNameHint="/etc/passwd'), 'the name of its parent has no end'],
    [sparse(`parentFileNameHint="${'x'.repeat(1024)}"`), 'the name of its parent has no end'],
    [Buffer.from(`createType=${' '.repeat(65536)}`), 'its descriptor is larger than 65536 bytes'],
    [
      Buffer.from('createType="x"\nRW 1 FLAT "\xff" 0', 'latin1'),
      'the name of an extent is not UTF-8',
    ],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => readVmdk(imageOf(bytes)), { code: 'VP_IMAGE_INVALID', message });
  }
});

test('vmdk: the largest descriptors that can hurt a pattern are read at once', () => {
  const start = performance.now();
  for (const filler of ['\n', ' ', '\t\n', 'RW ', 'RW\n', 'RW 1', '1', 'RW 1 SPARSE "', '"']) {
    const text = `createType="x"\n${filler.repeat(65000 / filler.length)}`;
    readVmdk(imageOf(Buffer.from(text)));
    readVmdk(imageOf(Buffer.from(text.replace('\n', '\nRW 1'))));
  }
  assert.ok(performance.now() - start < 2000);
});
