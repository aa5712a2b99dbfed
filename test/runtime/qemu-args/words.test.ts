import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitWords } from '../../../src/runtime/qemu-args/words.ts';

function pairs(...argv: readonly string[]): (readonly [string | null, string, string])[] {
  return splitWords(argv).arguments.map(({ option, value, text }) => [option, value, text]);
}

test('options, their arguments and images', () => {
  assert.deepEqual(pairs('-S', 'a.img', '--name', 'x', '-M', 'pc', '-', 'b.img'), [
    ['S', '', '-S'],
    [null, 'a.img', 'a.img'],
    ['name', 'x', '--name x'],
    ['machine', 'pc', '-M pc'],
    [null, 'b.img', 'b.img'],
  ]);
});

test('an option swallows what looks like another option', () => {
  assert.deepEqual(pairs('-append', '-S', '-hda', '--snapshot'), [
    ['append', '-S', '-append -S'],
    ['hda', '--snapshot', '-hda --snapshot'],
  ]);
});

test('an option that nobody knows takes the next word unless that is an option', () => {
  assert.deepEqual(pairs('-new', 'x', '-newer', '-S', '-newest'), [
    ['new', 'x', '-new x'],
    ['newer', '', '-newer'],
    ['S', '', '-S'],
    ['newest', '', '-newest'],
  ]);
});

test('what cannot be paired is said and left out', () => {
  const found = splitWords(['-name', 'a\ufffdb', 'a\0b', '--', '-drive']);
  assert.deepEqual(found.arguments, []);
  assert.deepEqual(
    found.findings.map(({ code, message }) => `${code} ${message}`),
    [
      'VP_ARGUMENT_MALFORMED -name holds bytes that are not UTF-8',
      'VP_ARGUMENT_MALFORMED the image a\0b holds bytes that are not UTF-8',
      'VP_ARGUMENT_MALFORMED - is no option',
      'VP_ARGUMENT_MALFORMED -drive lacks its argument',
    ],
  );
});
