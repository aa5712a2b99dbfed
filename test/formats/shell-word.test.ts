import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { printShellWord } from '../../src/formats/shell-word.ts';

const cases: readonly (readonly [string, string])[] = [
  ['/srv/vm/a-b_c.qcow2', '/srv/vm/a-b_c.qcow2'],
  ['', "''"],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['$HOME;`id`', "'$HOME;`id`'"],
  ['a\nb', "$'a\\x0ab'"],
  ["\u001b[31m\\'", "$'\\x1b[31m\\\\\\''"],
  ['\u0085', "$'\\u0085'"],
  ['ä', "'ä'"],
];

for (const [text, word] of cases) {
  test(`${JSON.stringify(text)} is written ${word}`, () =>
    assert.equal(printShellWord(text), word));
}

test('bash reads back what was written, and no control character stands in it', () => {
  const texts = fc
    .sample(fc.string({ unit: 'binary' }), 200)
    .filter((text) => !text.includes('\0'));
  const words = texts.map(printShellWord);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.ok(words.every((word) => !/[\u0000-\u001f\u007f-\u009f]/.test(word)));
  const read = execFileSync('bash', ['-c', `printf '%s\\0' ${words.join(' ')}`], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
  });
  assert.deepEqual(read.split('\0').slice(0, -1), texts);
});
