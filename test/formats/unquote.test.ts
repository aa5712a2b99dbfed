import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitWords } from '../../src/formats/unquote.ts';
import { rounds } from '../support/scratch.ts';

const rows: readonly (readonly [string, readonly string[] | null])[] = [
  ['', []],
  ['  a  b\tc ', ['a', 'b', 'c']],
  ['u "a b" -', ['u', 'a b', '-']],
  ['u \'a "b"\' c', ['u', 'a "b"', 'c']],
  ['a"b c"d', ['ab cd']],
  ['"a \\" b" c\\ d', ['a " b', 'c d']],
  ['""', ['']],
  ['a "b', null],
  ["a 'b", null],
  ['a \\', null],
];

for (const [text, expected] of rows) {
  test(`splits ${JSON.stringify(text)}`, () => assert.deepEqual(splitWords(text), expected));
}

test('behind the limit the rest is left as it is', () => {
  assert.deepEqual(splitWords('a "b" "c d" e', 2), ['a', 'b', '"c d" e']);
});

test('a line of any length needs no stack', () => {
  for (const char of ['\0', 'a', '\\a']) {
    const word = char.repeat(4 * 1024 * 1024);
    const plain = word.replaceAll('\\', '');
    assert.ok(splitWords(word)?.[0] === plain);
    assert.ok(splitWords(`"${word}" b`)?.[0] === plain);
  }
});

test('every word comes back from its quotation', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      const quoted = words.map((word) => `"${word.replace(/[\\"]/g, '\\$&')}"`);
      assert.deepEqual(splitWords(quoted.join(' ')), words);
    }),
    { numRuns: rounds(300, 20_000) },
  );
});
