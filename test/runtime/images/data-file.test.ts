import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chainOf,
  drive,
  type Grants,
  makeImages,
  overlay,
  withData,
} from '../../support/image-chain.ts';

const claims: readonly (readonly [string, (directory: string) => Grants])[] = [
  ['--claim', (directory) => ({ named: [`${directory}/data`] })],
  ['--allow :rw', (directory) => ({ allowed: [{ path: directory, access: 'rw' }] })],
];

for (const [option, grants] of claims) {
  test(`a data file counts with ${option}`, (context) => {
    const directory = makeImages(context, { top: withData('data'), data: null });
    assert.deepEqual(chainOf(directory, drive('top'), grants(directory)), {
      paths: ['top disk rw', 'data data-file rw'],
      findings: [],
    });
  });
}

test('a data file that only the image names is refused', (context) => {
  const directory = makeImages(context, {
    top: withData('data'),
    data: null,
    over: overlay('top', 'qcow2'),
  });
  const refusal =
    'VP_IMAGE_REFERENCE the image top: it keeps its data in data, which nothing but the image names';
  assert.deepEqual(chainOf(directory, drive('top')), {
    paths: ['top disk rw'],
    findings: [refusal],
  });
  assert.deepEqual(chainOf(directory, drive('over')).findings, [refusal]);
  const allowed = [{ path: `${directory}/data`, access: 'ro' as const }];
  assert.deepEqual(chainOf(directory, drive('top'), { allowed }).findings, [refusal]);
  assert.deepEqual(chainOf(directory, drive('top', ',readonly=on'), { allowed }), {
    paths: ['top disk ro', 'data data-file ro'],
    findings: [],
  });
  assert.deepEqual(chainOf(directory, drive('over'), { allowed }).paths, [
    'over disk rw',
    'top backing ro',
    'data data-file ro',
  ]);
});

test('a data file in the arguments, with a protocol, or without a name', (context) => {
  const directory = makeImages(context, {
    top: withData('/etc/shadow'),
    json: withData('json:{}'),
    none: withData(null),
  });
  const more = ',data-file.driver=file,data-file.filename=data';
  assert.deepEqual(chainOf(directory, drive('top', more)), {
    paths: ['top disk rw', 'data data-file rw'],
    findings: [],
  });
  assert.deepEqual(chainOf(directory, drive('json')).findings, [
    "VP_IMAGE_REFERENCE the image json: its data file is named 'json:{}'",
  ]);
  assert.deepEqual(chainOf(directory, drive('none')).findings, [
    'VP_IMAGE_REFERENCE the image none: it keeps its data in another file and does not say in which',
  ]);
});

test('the extents of a vmdk descriptor must be named', (context) => {
  const text =
    'version=1\ncreateType="twoGbMaxExtentSparse"\nRW 9 SPARSE "a.vmdk"\nRW 9 FLAT "b.vmdk" 0\n';
  const directory = makeImages(context, { top: Buffer.from(text), 'a.vmdk': null, 'b.vmdk': null });
  const line = '-drive file=top,format=vmdk,if=virtio';
  assert.deepEqual(chainOf(directory, line).findings, [
    'VP_IMAGE_REFERENCE the image top: it keeps its data in a.vmdk, which nothing but the image names',
    'VP_IMAGE_REFERENCE the image top: it keeps its data in b.vmdk, which nothing but the image names',
  ]);
  const named = ['a.vmdk', 'b.vmdk'].map((name) => `${directory}/${name}`);
  assert.deepEqual(chainOf(directory, line, { named }), {
    paths: ['top disk rw', 'a.vmdk data-file rw', 'b.vmdk data-file rw'],
    findings: [
      'VP_IMAGE_INVALID the image a.vmdk: it is no vmdk image: it has neither a header nor a descriptor',
    ],
  });
});
