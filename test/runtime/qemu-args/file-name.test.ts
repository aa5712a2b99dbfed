import assert from 'node:assert/strict';
import { test } from 'node:test';
import { absolutePath, parseFileName } from '../../../src/runtime/qemu-args/file-name.ts';

for (const [directory, text, expected] of [
  ['/vm', '/a/b', '/a/b'],
  ['/vm', '//a/./b//', '/a/b'],
  ['/vm', 'disk', '/vm/disk'],
  ['/vm', './disk', '/vm/disk'],
  ['/vm/a', '../disk', '/vm/disk'],
  ['/vm/a', '.././../disk', '/disk'],
  ['/vm', '../../../disk', '/disk'],
  ['/', 'disk', '/disk'],
  // Where a link may come before it, only the kernel knows where `..` leads.
  ['/vm', 'a/../disk', '/vm/a/../disk'],
  ['/vm', '/a/../b', '/a/../b'],
  ['/vm', '../a/../b', '/a/../b'],
  ['/vm', '..', '/'],
  ['/vm', ' ', '/vm/ '],
] as const) {
  test(`${text} from ${directory} is ${expected}`, () => {
    assert.equal(absolutePath(directory, text), expected);
  });
}

test('what cannot be a file name', () => {
  const code = 'VP_ARGUMENT_MALFORMED';
  assert.throws(() => absolutePath('/vm', ''), { code, message: 'the file name is empty' });
  assert.equal(absolutePath('/vm', `/${'a'.repeat(4094)}`).length, 4095);
  const message = 'a path is longer than 4095 bytes';
  assert.throws(() => absolutePath('/vm', `/${'é'.repeat(2048)}`), { code, message });
});

for (const [text, expected] of [
  ['/a:b', { kind: 'file', name: '/a:b' }],
  ['a/b:c', { kind: 'file', name: 'a/b:c' }],
  ['./a:b', { kind: 'file', name: './a:b' }],
  ['file:/x', { kind: 'file', name: '/x' }],
  ['file:a:b', { kind: 'file', name: 'a:b' }],
  ['host_device:/dev/sdb', { kind: 'file', name: '/dev/sdb' }],
  ['null-co://', { kind: 'nothing' }],
  ['nbd:localhost:10809', { kind: 'network', socket: null }],
  ['nbd:unix:/run/s:exportname=a', { kind: 'network', socket: '/run/s' }],
  ['nbd+unix:///export?socket=/run/a%20b', { kind: 'network', socket: '/run/a b' }],
  ['https://host/x.iso', { kind: 'network', socket: null }],
  ['rbd:pool/image', { kind: 'network', socket: null }],
] as const) {
  test(`${text} as QEMU's block layer takes it`, () => {
    assert.deepEqual(parseFileName(text), expected);
  });
}

for (const text of [
  'json:{"driver":"file"}',
  'fat:rw:/srv',
  'blkdebug::/x',
  'nvme://1/1',
  ':x',
  'c:x',
]) {
  test(`${text} is not understood`, () => {
    assert.throws(() => parseFileName(text), {
      code: 'VP_ARGUMENT_UNKNOWN_PATH',
      message: `file names that start with '${text.slice(0, text.indexOf(':'))}:' are not understood`,
    });
  });
}

test('a socket address without a socket', () => {
  for (const text of ['nbd+unix:///export', 'nbd+unix:///?socket=%']) {
    const message = 'a unix socket address needs ?socket=PATH';
    assert.throws(() => parseFileName(text), { code: 'VP_ARGUMENT_MALFORMED', message });
  }
});
