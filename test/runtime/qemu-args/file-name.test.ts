import assert from 'node:assert/strict';
import { test } from 'node:test';
import { absolutePath } from '../../../src/runtime/qemu-args/file-name.ts';

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
