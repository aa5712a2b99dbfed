import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  joinKeyValues,
  type KeyValueSyntax,
  lastValue,
  parseKeyValues,
  parseSize,
  parseSwitch,
  printKeyValues,
} from '../../src/formats/key-value.ts';
import { rounds } from '../support/scratch.ts';

const options: KeyValueSyntax = { impliedKey: null, flags: true };
const implied: KeyValueSyntax = { impliedKey: 'driver', flags: true };
const strict: KeyValueSyntax = { impliedKey: 'driver', flags: false };

const cases: readonly [string, KeyValueSyntax, readonly (readonly [string, string])[]][] = [
  ['', options, []],
  [
    'file=/x,format=raw',
    options,
    [
      ['file', '/x'],
      ['format', 'raw'],
    ],
  ],
  [
    'file=/a,,b,,,,c,if=none',
    options,
    [
      ['file', '/a,b,,c'],
      ['if', 'none'],
    ],
  ],
  ['file=/a,,', options, [['file', '/a,']]],
  ['file=/a,', options, [['file', '/a']]],
  [
    'file=,if=none',
    options,
    [
      ['file', ''],
      ['if', 'none'],
    ],
  ],
  ['file=a=b', options, [['file', 'a=b']]],
  [
    'server,nowait',
    options,
    [
      ['server', 'on'],
      ['wait', 'off'],
    ],
  ],
  [
    'a=1,a=2',
    options,
    [
      ['a', '1'],
      ['a', '2'],
    ],
  ],
  ['=x', options, [['', 'x']]],
  [
    ',a=1',
    options,
    [
      ['', 'on'],
      ['a', '1'],
    ],
  ],
  [
    'virtio-blk,drive=d',
    implied,
    [
      ['driver', 'virtio-blk'],
      ['drive', 'd'],
    ],
  ],
  [
    'a,,b,c',
    implied,
    [
      ['driver', 'a,b'],
      ['c', 'on'],
    ],
  ],
  [
    'driver=raw,x',
    implied,
    [
      ['driver', 'raw'],
      ['x', 'on'],
    ],
  ],
  [
    'raw,file.driver=file',
    strict,
    [
      ['driver', 'raw'],
      ['file.driver', 'file'],
    ],
  ],
  [
    'raw,x=',
    strict,
    [
      ['driver', 'raw'],
      ['x', ''],
    ],
  ],
];

for (const [text, syntax, expected] of cases) {
  test(`${JSON.stringify(text)} is read as QEMU reads it`, () => {
    const pairs = parseKeyValues(text, syntax).map(({ key, value }) => [key, value]);
    assert.deepEqual(pairs, expected);
  });
}

for (const [text, message] of [
  ['raw,readonly', "expected key=value instead of 'readonly'"],
  ['=x', "expected key=value instead of ''"],
  [',raw', "expected key=value instead of ''"],
] as const) {
  test(`${JSON.stringify(text)} is malformed where switches need a value`, () => {
    const thrown = { code: 'VP_ARGUMENT_MALFORMED', message };
    assert.throws(() => parseKeyValues(text, strict), thrown);
  });
}

const pair = fc.record(
  { key: fc.stringMatching(/^[a-z][a-z0-9.-]*$/), value: fc.string() },
  { noNullPrototype: true },
);

test('what is printed is read again', () => {
  const property = fc.property(fc.array(pair), (list) => {
    for (const syntax of [options, strict]) {
      assert.deepEqual(parseKeyValues(printKeyValues(list), syntax), list);
    }
  });
  fc.assert(property, { numRuns: rounds(200, 20_000) });
});

test('texts that are joined say what each of them says, a comma at the end or none', () => {
  const text = fc
    .tuple(fc.array(pair, { minLength: 1 }), fc.boolean())
    .map(([list, hasEnd]) => ({ list, hasEnd }));
  const property = fc.property(fc.array(text, { minLength: 1 }), (texts) => {
    const written = texts.map(({ list, hasEnd }) => `${printKeyValues(list)}${hasEnd ? ',' : ''}`);
    const read = parseKeyValues(joinKeyValues(written), { impliedKey: null, flags: true });
    assert.deepEqual(
      read,
      texts.flatMap(({ list }) => list),
    );
  });
  fc.assert(property, { numRuns: rounds(200, 5000) });
});

test('any text is read or refused in linear time', () => {
  for (const part of [',', 'a,', '=', ',,', 'a=b,', 'a=,,']) {
    const started = process.cpuUsage().user;
    assert.ok(parseKeyValues(part.repeat(500_000), implied).length > 0);
    assert.ok(process.cpuUsage().user - started < 3_000_000, `${part} takes too long`);
  }
});

test('the last value counts', () => {
  const pairs = parseKeyValues('file=a,file=b', options);
  assert.equal(lastValue(pairs, 'file'), 'b');
  assert.equal(lastValue(pairs, 'format'), null);
});

test('switches are what QEMU takes for switches', () => {
  for (const text of ['on', 'yes', 'true', 'y']) assert.equal(parseSwitch('x', text), true);
  for (const text of ['off', 'no', 'false', 'n']) assert.equal(parseSwitch('x', text), false);
  for (const text of ['ON', '1', '', 'enable']) {
    assert.throws(() => parseSwitch('readonly', text), {
      code: 'VP_ARGUMENT_MALFORMED',
      message: `readonly is on or off, not '${text}'`,
    });
  }
});

for (const [text, bytes] of [
  ['0', 0],
  ['512', 512],
  ['512b', 512],
  ['0x1F', 31],
  ['64k', 65_536],
  ['1.5M', 1_572_864],
  ['2G', 2 ** 31],
  ['1T', 2 ** 40],
] as const) {
  test(`the size ${text} is ${bytes} bytes`, () => assert.equal(parseSize('size', text), bytes));
}

for (const text of ['', 'k', '-1', '1kk', '1 k', '0x', '9E', 'NaN']) {
  test(`${JSON.stringify(text)} is no size`, () => {
    assert.throws(() => parseSize('size', text), {
      code: 'VP_ARGUMENT_MALFORMED',
      message: `size is a size, not '${text}'`,
    });
  });
}
