import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { chainOf, drive, makeImages, overlay, withData } from '../../support/image-chain.ts';
import { qcow2 } from '../../support/image-headers.ts';

test('a chain is followed to its end and is read-only', (context) => {
  const directory = makeImages(context, {
    top: overlay('middle', 'qcow2'),
    middle: overlay('base', 'raw'),
    base: null,
  });
  const paths = ['top disk rw', 'middle backing ro', 'base backing ro'];
  assert.deepEqual(chainOf(directory, drive('top')), { paths, findings: [] });
});

test('what raw disks hold is never looked at', (context) => {
  const directory = makeImages(context, { top: overlay('/etc/shadow', 'raw') });
  const none = { paths: ['top disk rw'], findings: [] };
  assert.deepEqual(chainOf(directory, '-drive file=top,format=raw,if=virtio'), none);
  const node = '-blockdev driver=file,filename=top,node-name=f -device virtio-blk-pci,drive=f';
  assert.deepEqual(chainOf(directory, node), none);
});

test('what the arguments say of the chain counts, not the image', (context) => {
  const directory = makeImages(context, { top: overlay('gone', 'raw'), base: null });
  const file = '-blockdev driver=file,filename=top,node-name=f';
  const json = '-blockdev {"driver":"qcow2","node-name":"q","file":"f","backing":null}';
  assert.deepEqual(chainOf(directory, `${file} ${json}`), { paths: ['top disk rw'], findings: [] });
  const named = `${file} -blockdev driver=qcow2,node-name=q,file=f,backing.driver=raw,backing.file.driver=file,backing.file.filename=base`;
  const both = { paths: ['top disk rw', 'base backing ro'], findings: [] };
  assert.deepEqual(chainOf(directory, named), both);
});

test('options for the backing file that do not name it go to the one that the image names', (context) => {
  const directory = makeImages(context, {
    top: overlay('middle', 'qcow2'),
    middle: overlay('base', 'raw'),
    base: null,
    other: null,
  });
  const base = ['base backing ro'];
  for (const [options, ...below] of [
    ['backing.driver=qcow2', ...base],
    ['backing.discard=unmap', ...base],
    ['backing.file.cache.direct=on', ...base],
    ['backing.driver=raw'],
    ['backing.backing.driver=raw,backing.backing.file.filename=other', 'other backing ro'],
    ['backing.backing='],
  ] as const) {
    const { paths, findings } = chainOf(directory, drive('top', `,${options}`));
    assert.deepEqual(paths, ['top disk rw', 'middle backing ro', ...below], options);
    assert.deepEqual(findings, [], options);
  }
  assert.deepEqual(chainOf(directory, drive('top', ',backing.read-only=off')).findings, [
    'VP_IMAGE_REFERENCE the image top: its backing file asks to write to middle',
  ]);
});

test('an image within a slice of a file is found there', (context) => {
  const slice = Buffer.concat([Buffer.alloc(4096), overlay('base', 'raw')]);
  const directory = makeImages(context, { top: slice, base: null });
  const line =
    '-blockdev driver=qcow2,node-name=q,file.driver=raw,file.offset=4096,file.file.driver=file,file.file.filename=top';
  const paths = ['top disk rw', 'base backing ro'];
  assert.deepEqual(chainOf(directory, line), { paths, findings: [] });
});

test('a backing file without a stated format is looked into once and may name nothing', (context) => {
  const directory = makeImages(context, {
    fine: overlay('plain', null),
    plain: qcow2({}),
    top: overlay('middle', null),
    middle: overlay('/etc/shadow', 'raw'),
    other: overlay('data', null),
    data: withData('/etc/shadow'),
  });
  assert.deepEqual(chainOf(directory, drive('fine')).findings, []);
  assert.deepEqual(chainOf(directory, drive('top')), {
    paths: ['top disk rw', 'middle backing ro'],
    findings: [
      'VP_IMAGE_REFERENCE the image middle: its format is not stated; QEMU would take it for qcow2 and open /etc/shadow with it',
    ],
  });
  assert.deepEqual(chainOf(directory, drive('other')).findings, [
    'VP_IMAGE_REFERENCE the image data: its format is not stated; QEMU would take it for qcow2 and open /etc/shadow with it',
  ]);
});

test('without format= a disk is raw, and refused where QEMU would not take it for that', (context) => {
  const directory = makeImages(context, {
    raw: null,
    plain: qcow2({}),
    planted: overlay('/etc/shadow', 'raw'),
    luks: Buffer.from('LUKS\xba\xbe', 'latin1'),
  });
  for (const name of ['raw', 'plain', 'luks']) {
    const expected = { paths: [`${name} disk rw`], findings: [] };
    assert.deepEqual(chainOf(directory, `-hda ${name}`), expected);
  }
  const finding =
    'VP_IMAGE_REFERENCE the image planted: its format is not stated; QEMU would take it for qcow2 and open /etc/shadow with it';
  const rw = { paths: ['planted disk rw'], findings: [finding] };
  assert.deepEqual(chainOf(directory, '-hda planted'), rw);
  const ro = { paths: ['planted disk ro'], findings: [finding] };
  assert.deepEqual(chainOf(directory, '-cdrom planted'), ro);
});

test('an image that names itself, or whose chain leads back, is refused', (context) => {
  const directory = makeImages(context, { one: overlay('two', 'qcow2') });
  symlinkSync('one', `${directory}/two`);
  const { findings } = chainOf(directory, drive('one'));
  assert.deepEqual(findings, [
    'VP_IMAGE_REFERENCE the image two: its chain of backing files leads back to it',
  ]);
});

test('a loop of 300 files ends at the depth limit', (context) => {
  const names = Array.from({ length: 300 }, (_, index) => `${index}`);
  const directory = makeImages(
    context,
    Object.fromEntries(
      names.map((name) => [name, overlay(`${(Number(name) + 1) % 300}`, 'qcow2')]),
    ),
  );
  const { paths, findings } = chainOf(directory, drive('0'));
  assert.equal(paths.length, 201);
  assert.deepEqual(findings, [
    'VP_IMAGE_REFERENCE the image 200: its chain of backing files is longer than 200',
  ]);
});

test('images that name two each do not make the launcher read without end', (context) => {
  const node = (name: number) => `{"driver":"qcow2","file":{"driver":"file","filename":"${name}"}}`;
  const both = (name: number) =>
    `json:{"driver":"quorum","vote-threshold":1,"children":[${node(name)},${node(name)}]}`;
  const images = Array.from({ length: 40 }, (_, index) => [
    `${index}`,
    overlay(both(index + 1), null),
  ]);
  const directory = makeImages(context, { ...Object.fromEntries(images), 40: null });
  const start = performance.now();
  const { findings } = chainOf(directory, drive('0'));
  assert.ok(performance.now() - start < 5000);
  assert.deepEqual(
    findings.filter((finding) => finding.endsWith('it is one of over 2000')).length,
    1,
  );
});
