import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { AppError } from '../../../src/errors.ts';
import type { ImageBytes, ImageReferences } from '../../../src/runtime/images/bytes.ts';
import { probeFormat, type ReferringFormat } from '../../../src/runtime/images/probe.ts';
import { readReferences } from '../../../src/runtime/images/references.ts';
import { chainOf } from '../../support/image-chain.ts';
import { imageOf, needsQemuImg, qemuImg, startOf } from '../../support/qemu-img.ts';
import { makeScratch, rounds } from '../../support/scratch.ts';

/** What qemu-img makes, and where in it the headers are. */
const samples: readonly (readonly [
  format: ReferringFormat,
  make: string,
  areas: readonly (readonly [number, number])[],
])[] = [
  ['qcow2', '-f qcow2 -b base -F raw', [[0, 640]]],
  ['qcow2', '-f qcow2 -o compat=0.10 -b base -F raw', [[0, 200]]],
  ['qcow2', '-f qcow2 -o data_file=data SIZE', [[0, 640]]],
  ['qcow', '-f qcow -b base -F raw', [[0, 64]]],
  ['qed', '-f qed -b base -F raw', [[0, 80]]],
  ['vmdk', '-f vmdk -b parent -F vmdk', [[0, 900]]],
  ['vmdk', '-f vmdk -o subformat=monolithicFlat SIZE', [[0, 400]]],
  [
    'vhdx',
    '-f vhdx SIZE',
    [
      [0, 16],
      [192 * 1024, 96],
      [3 * 2 ** 20, 256],
      [3 * 2 ** 20 + 65536, 64],
    ],
  ],
];

/** The same numbers for the same seed. */
function randomOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const values = [0, 1, 2, 0x7f, 0x80, 0xff];

/** Writes over up to eight places in the areas. */
function mutate(
  image: Buffer,
  areas: readonly (readonly [number, number])[],
  random: Random,
): void {
  for (let count = 1 + random(8); count > 0; count -= 1) {
    const [start, length] = areas[random(areas.length)] ?? [0, 1];
    const offset = start + random(length);
    const value = random(2) === 0 ? random(256) : (values[random(values.length)] ?? 0);
    image.fill(
      value,
      Math.min(offset, image.length),
      Math.min(offset + 2 ** random(4), image.length),
    );
  }
}

type Random = (limit: number) => number;

/** Reads as often and as much as the image makes the reader. */
function counted(image: Buffer) {
  const cost = { reads: 0, bytes: 0 };
  const plain = imageOf(image);
  const readAt: ImageBytes['readAt'] = (offset, length) => {
    cost.reads += 1;
    cost.bytes += length;
    return plain.readAt(offset, length);
  };
  return { cost, bytes: { readAt } };
}

function readOrRefuse(format: ReferringFormat, bytes: ImageBytes): ImageReferences | null {
  try {
    return readReferences(format, bytes);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'VP_IMAGE_INVALID');
    return null;
  }
}

function checkNames({ backing, dataFiles }: ImageReferences): void {
  const names = [backing?.name, ...dataFiles.map(({ name }) => name)];
  for (const name of names) {
    if (name === undefined || name === null) continue;
    assert.ok(name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= 4095);
  }
}

for (const [index, [format, make, areas]] of samples.entries()) {
  test(`mutated headers are read or refused, at once: ${make}`, needsQemuImg, (context) => {
    const directory = makeScratch(context);
    qemuImg(directory, 'create -q -f raw base 1M');
    qemuImg(directory, 'create -q -f vmdk parent 1M');
    qemuImg(
      directory,
      `create -q ${make.replace('SIZE', 'image 1M')}${make.includes('SIZE') ? '' : ' image'}`,
    );
    const end = Math.max(...areas.map(([start, length]) => start + length));
    const original = startOf(`${directory}/image`, end + 4096);
    checkOriginal(format, original);
    const random = randomOf(index + 1);
    const image = Buffer.from(original);
    let sound = 0;
    for (let round = 0; round < rounds(2000, 200_000) / 8; round += 1) {
      for (const [start, length] of areas) original.copy(image, start, start, start + length + 8);
      mutate(image, areas, random);
      const cut = random(10) === 0 ? random(image.length) : image.length;
      const { cost, bytes } = counted(image.subarray(0, cut));
      const references = readOrRefuse(format, bytes);
      if (references !== null) {
        checkNames(references);
        sound += 1;
      }
      probeFormat(bytes);
      assert.ok(
        cost.reads <= 200 && cost.bytes <= 2 ** 18,
        `${cost.reads} reads, ${cost.bytes} bytes`,
      );
    }
    assert.ok(sound > 0, 'some are sound in spite of it');
  });
}

function checkOriginal(format: ReferringFormat, image: Buffer): void {
  assert.equal(probeFormat(imageOf(image)), format);
  readReferences(format, imageOf(image));
}

test(
  'mutated images in files: no path but by name, nothing written, no exception',
  needsQemuImg,
  (context) => {
    const directory = makeScratch(context);
    qemuImg(directory, 'create -q -f qcow2 base 1M');
    qemuImg(directory, 'create -q -f qcow2 -b base -F qcow2 top');
    const original = startOf(`${directory}/top`, 4096);
    const random = randomOf(99);
    for (let round = 0; round < rounds(200, 5000); round += 1) {
      const image = Buffer.from(original);
      mutate(image, [[0, 640]], random);
      writeFileSync(`${directory}/top`, image);
      truncateSync(`${directory}/top`, 65536);
      const line = `-drive file=top,format=${random(4) === 0 ? 'raw' : 'qcow2'},if=virtio`;
      const [first, ...rest] = chainOf(directory, line).paths;
      assert.equal(first, 'top disk rw');
      assert.deepEqual(
        rest.filter((path) => !path.endsWith(' backing ro')),
        [],
      );
    }
  },
);
