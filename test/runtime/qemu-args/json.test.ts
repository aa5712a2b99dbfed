import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isJsonObject, type Json, parseJsonObject } from '../../../src/runtime/qemu-args/json.ts';
import { rounds } from '../../support/scratch.ts';

/** As JSON.parse gives it. */
function plain(value: Json): unknown {
  if (isJsonObject(value))
    return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

for (const [text, expected] of [
  ['{}', {}],
  [' \t\r\n{ "a" : [ ] } \n', { a: [] }],
  ['{"a":{"b":[1,-2.5e3,true,false,null,"x"]}}', { a: { b: [1, -2500, true, false, null, 'x'] } }],
  ["{'driver':'file',\"x\":'it\\'s \"'}", { driver: 'file', x: 'it\'s "' }],
  ['{"a":"\\u00e9\\ud83d\\ude00\\n\\/\\\\"}', { a: 'é😀\n/\\' }],
  ['{"":"","é":"/ä"}', { '': '', é: '/ä' }],
] as const) {
  test(`${JSON.stringify(text)} is an object`, () => {
    assert.deepEqual(plain(parseJsonObject(text)), expected);
  });
}

test('a key named after a property of every object is a key', () => {
  const object = parseJsonObject('{"__proto__":1,"constructor":2,"toString":3}');
  assert.deepEqual(
    [...object],
    [
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 3],
    ],
  );
});

for (const [text, column, expected] of [
  ['', 1, "'{'"],
  ['[]', 1, "'{'"],
  ['{"driver":"file",', 18, 'a key in quotes'],
  ['{"a"}', 5, "':'"],
  ['{"a":}', 6, 'a value'],
  ['{"a":1', 7, "'}'"],
  ['{"a":[1 2]}', 9, "']'"],
  ['{"a":"x', 8, 'a closing quote or a valid character'],
  ['{"a":"x\n"}', 8, 'a closing quote or a valid character'],
  ['{"a":"\\u0000"}', 7, 'a closing quote or a valid character'],
  ['{"a":"\\ud800"}', 7, 'a closing quote or a valid character'],
  ['{"a":"\\x41"}', 7, 'a closing quote or a valid character'],
  ['{"a":01}', 6, 'a value'],
  ['{"a":1x}', 6, 'a value'],
  ['{"a":1} x', 9, 'nothing more after the object'],
  ['{"a":1,"a":2}', 8, "the key 'a' once only"],
  ['{"x":{"b":1,"c":2,"b":1}}', 19, "the key 'b' once only"],
  ['{a:1}', 2, 'a key in quotes'],
  [`{"a":${'['.repeat(2000)}`, 1029, 'less nesting'],
] as const) {
  test(`${JSON.stringify(text.slice(0, 40))} is malformed`, () => {
    assert.throws(() => parseJsonObject(text), {
      code: 'VP_ARGUMENT_MALFORMED',
      column,
      message: `malformed JSON at character ${column}: expected ${expected}`,
    });
  });
}

test('reads what JSON.stringify writes', () => {
  const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), {
    noNullPrototype: true,
  });
  const property = fc.property(object, (value) => {
    const text = JSON.stringify(value);
    // Not in a file name, and so not for QEMU: NUL. Half a surrogate pair is no text.
    fc.pre(!/\\u0000|\\ud[89a-f]/i.test(text));
    assert.deepEqual(plain(parseJsonObject(text)), JSON.parse(text));
  });
  fc.assert(property, { numRuns: rounds(200, 20_000) });
});

test('whatever the text, it is read or refused with a column', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    ':',
    ',',
    'a',
    '\\',
    '\\u00',
    '1',
    'true',
    ' ',
  );
  const property = fc.property(fc.array(pieces), (parts) => {
    try {
      parseJsonObject(parts.join(''));
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'VP_ARGUMENT_MALFORMED');
    }
  });
  fc.assert(property, { numRuns: rounds(500, 50_000) });
});
