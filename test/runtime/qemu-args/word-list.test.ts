import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takesArgument } from '../../../src/runtime/qemu-args/options.ts';
import { hasWord } from '../../../src/runtime/qemu-args/word-list.ts';

for (const [word, isThere] of [
  ['first', true],
  ['second', true],
  ['last', true],
  ['fir', false],
  ['irst', false],
  ['first second', false],
  [' ', false],
  ['', false],
] as const) {
  test(`${JSON.stringify(word)} is ${isThere ? '' : 'not '}in the list`, () => {
    assert.equal(hasWord(' first second last ', word), isThere);
  });
}

test('two options in one word are no option', () => {
  assert.equal(takesArgument('cpu accel'), null);
  assert.equal(takesArgument(''), null);
});
