import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { chainOf, drive, makeImages, overlay } from '../../support/image-chain.ts';

test('a relative name starts where the image was named, not where a link leads', (context) => {
  const directory = makeImages(context, { real: overlay('base', 'raw') });
  mkdirSync(`${directory}/here`);
  symlinkSync('../real', `${directory}/here/link`);
  assert.deepEqual(chainOf(directory, drive('here/link')).paths, [
    'here/link disk rw',
    'here/base backing ro',
  ]);
});

test('names with a protocol start in the working directory', (context) => {
  const directory = makeImages(context, {});
  mkdirSync(`${directory}/sub`);
  const names: readonly (readonly [string, string])[] = [
    ['file:base', 'base'],
    ['../base', 'sub/../base'],
    ['./nbd:base', 'sub/nbd:base'],
    ['sub:x/../../y', ''],
    ['json:{"file":{"driver":"file","filename":"base"}}', 'base'],
    ['json:{"file.driver":"file","file.filename":"/base"}', '/base'],
    ['host_device:/dev/null', '/dev/null'],
    ['nbd://host/export', ''],
    ['https://host/base.qcow2', ''],
    ['new\nline', 'sub/new\nline'],
  ];
  for (const [name, path] of names) {
    writeFileSync(`${directory}/sub/top`, overlay(name, 'raw'));
    const { paths } = chainOf(directory, drive('sub/top'));
    const expected = path === '' ? [] : [`${path} backing ro`];
    assert.deepEqual(paths, ['sub/top disk rw', ...expected], name);
  }
});

const wicked: readonly (readonly [name: string, format: string, finding: string])[] = [
  [
    'fat:rw:/etc',
    'raw',
    'VP_IMAGE_REFERENCE the image top: its backing file asks for /etc as filesystem',
  ],
  [
    'nbd:unix:/run/nbd.sock',
    'raw',
    'VP_IMAGE_REFERENCE the image top: its backing file asks for /run/nbd.sock as socket',
  ],
  [
    'json:{"file":{"driver":"file","filename":"/etc/shadow","read-only":false}}',
    'raw',
    'VP_IMAGE_REFERENCE the image top: its backing file asks to write to /etc/shadow',
  ],
  [
    'json:{"driver":"raw","read-only":false,"file":{"driver":"file","filename":"/etc/shadow"}}',
    'raw',
    'VP_IMAGE_REFERENCE the image top: its backing file asks to write to /etc/shadow',
  ],
  [
    'json:{"read-only":"off","auto-read-only":true,"file.filename":"/etc/shadow"}',
    'raw',
    'VP_IMAGE_REFERENCE the image top: its backing file asks to write to /etc/shadow',
  ],
  [
    'json:{"driver":"blklogwrites","read-only":false,"file":{"driver":"null-co"},"log":{"driver":"file","filename":"/etc/shadow"}}',
    'blklogwrites',
    'VP_IMAGE_REFERENCE the image top: its backing file asks to write to /etc/shadow',
  ],
  [
    'json:{"file":"/a","data-file":{"driver":"file","filename":"/etc/shadow"}}',
    'qcow2',
    "VP_ARGUMENT_MALFORMED the image top: no block node '/a' is defined before it",
  ],
  [
    'json:{"file":{"driver":"file","filename":"/a"},"data-file":{"driver":"file","filename":"/b"}}',
    'qcow2',
    'VP_IMAGE_REFERENCE the image top: its backing file asks for /b as data-file',
  ],
  [
    'json:{',
    'raw',
    'VP_ARGUMENT_MALFORMED the image top: malformed JSON at character 2: expected a key in quotes',
  ],
  [
    'gopher:x',
    'raw',
    "VP_ARGUMENT_UNKNOWN_PATH the image top: file names that start with 'gopher:' are not understood",
  ],
];

for (const [name, format, finding] of wicked) {
  test(`an image may not name ${name}`, (context) => {
    const directory = makeImages(context, { top: overlay(name, format) });
    assert.deepEqual(chainOf(directory, drive('top')), {
      paths: ['top disk rw'],
      findings: [finding],
    });
  });
}

test('an image may not name a descriptor', (context) => {
  const directory = makeImages(context, { top: overlay('/dev/fdset/1', 'raw') });
  const { paths, findings } = chainOf(directory, drive('top'));
  assert.deepEqual(paths, ['top disk rw']);
  assert.match(
    findings.join(),
    /^VP_IMAGE_REFERENCE the image top: its backing file is \/dev\/fdset\/1, a descriptor/,
  );
});
