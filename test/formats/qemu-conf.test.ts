import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import {
  booleanSetting,
  type ConfValue,
  findEntry,
  parseQemuConf,
  stringSetting,
} from '../../src/formats/qemu-conf.ts';

type Plain = string | bigint | readonly Plain[];

function plain(value: ConfValue): Plain {
  return value.type === 'list' ? value.value.map(plain) : value.value;
}

function entriesOf(text: string): readonly (readonly [string, Plain])[] {
  return parseQemuConf(text, 'f').entries.map(({ key, value }) => [key, plain(value)]);
}

// Each row was checked with libvirt's own parser (9.0.0; the overflow with 11.3's source).
const accepted: readonly (readonly [string, readonly (readonly [string, Plain])[]])[] = [
  ['', []],
  ['# only a comment', []],
  ['a=1', [['a', 1n]]],
  [
    'a=1;b=2',
    [
      ['a', 1n],
      ['b', 2n],
    ],
  ],
  ['a=1;\n\n', [['a', 1n]]],
  ['a = "x" # comment\n', [['a', 'x']]],
  ['a="x"#c', [['a', 'x']]],
  ['a=\'it is "so"\'', [['a', 'it is "so"']]],
  ['a="back\\slash"', [['a', 'back\\slash']]],
  ['a="""two\nlines "quoted" """\n', [['a', 'two\nlines "quoted" ']]],
  ['a=""""""\n', [['a', '']]],
  ['a="x\0y"', [['a', 'x']]],
  ['a=[]', [['a', []]]],
  ['a=[ 1 , "x",\n [ "y" ] , ]', [['a', [1n, 'x', ['y']]]]],
  ['a=+007', [['a', 7n]]],
  ['a=-5', [['a', -5n]]],
  ['a=9223372036854775807', [['a', 9223372036854775807n]]],
  [
    'a=1\rb=2',
    [
      ['a', 1n],
      ['b', 2n],
    ],
  ],
  ['\n \t a\t=\t1   \n   ', [['a', 1n]]],
  [
    'a=1\na=2',
    [
      ['a', 1n],
      ['a', 2n],
    ],
  ],
];

const refused: readonly (readonly [string, number, string])[] = [
  ['  \n \n', 3, 'expecting a name'],
  ['_a=1', 1, 'expecting a name'],
  ['1a=1', 1, 'expecting a name'],
  ['\ufeffa=1', 1, 'expecting a name'],
  ['a=1;;b=2', 1, 'expecting a name'],
  ['a-b=1', 1, 'expecting an assignment'],
  ['a', 1, 'expecting an assignment'],
  ['a=1 b=2', 1, 'expecting a separator'],
  ['a=0x10', 1, 'expecting a separator'],
  ['a=1.5', 1, 'expecting a separator'],
  ['a=""""""', 1, 'expecting a separator'],
  ['a=\n1', 1, 'expecting a value'],
  ['a=true', 1, 'expecting a value'],
  ['a=[,]', 1, 'expecting a value'],
  ['a=["x", # no comments here\n"y"]', 1, 'expecting a value'],
  ['a=["x" # nor here\n]', 1, 'expecting a separator in list'],
  ['a=["x" "y"]', 1, 'expecting a separator in list'],
  ['a=["x"\n', 2, 'list is not closed with ]'],
  ['a=-', 1, 'unterminated number'],
  ['a=9223372036854775808', 1, 'numeric overflow in conf value'],
  ['a=-9223372036854775808', 1, 'numeric overflow in conf value'],
  ['\na="x\n"', 2, 'unterminated string'],
  ['a="""x\n\n""', 3, 'unterminated string'],
  [`a=${'['.repeat(100_000)}`, 1, 'lists are nested too deeply'],
];

for (const [text, expected] of accepted) {
  test(`accepts ${JSON.stringify(text)}`, () => assert.deepEqual(entriesOf(text), expected));
}

for (const [text, line, message] of refused) {
  test(`refuses ${JSON.stringify(text.slice(0, 30))}: ${message}`, () => {
    assert.throws(
      () => parseQemuConf(text, '/etc/libvirt/qemu.conf'),
      new AppError(
        'VP_QEMU_CONF_SYNTAX',
        `${message.startsWith('numeric') ? 'numerical overflow' : 'configuration file syntax error'}: /etc/libvirt/qemu.conf:${line}: ${message}`,
        {
          path: '/etc/libvirt/qemu.conf',
          line,
          hint: 'libvirt refuses this file too; a value is "text", a number, or a [list] of them',
        },
      ),
    );
  });
}

test('an entry knows its line and where its value stands', () => {
  const text = '# c\nuser = "qemu" # why\n\n  group="g"\n';
  const { entries } = parseQemuConf(text, 'f');
  assert.deepEqual(
    entries.map(({ line, start, end }) => [line, text.slice(start, end)]),
    [
      [2, '"qemu"'],
      [4, '"g"'],
    ],
  );
});

test('the first of a duplicated key counts, and case matters', () => {
  const conf = parseQemuConf('User="no"\nuser="first"\nuser="second"\n', 'f');
  assert.equal(findEntry(conf, 'user')?.line, 2);
  assert.equal(stringSetting(conf, 'user'), 'first');
  assert.equal(stringSetting(conf, 'group'), null);
});

test('a number for a string names file, line and the way out', () => {
  const conf = parseQemuConf('# x\nuser = 107\n', '/etc/libvirt/qemu.conf');
  assert.throws(
    () => stringSetting(conf, 'user'),
    new AppError(
      'VP_QEMU_CONF_VALUE',
      "/etc/libvirt/qemu.conf:2: expected a string for 'user' parameter",
      { path: '/etc/libvirt/qemu.conf', line: 2, hint: 'write the value in quotes: user = "107"' },
    ),
  );
});

for (const [text, expected] of [
  ['', true],
  ['k=1', true],
  ['k=+1', true],
  ['k=0', false],
] as const) {
  test(`boolean ${JSON.stringify(text)}`, () => {
    assert.equal(booleanSetting(parseQemuConf(text, 'f'), 'k', true), expected);
  });
}

for (const [text, message] of [
  ['k="1"', "f:1: expected a bool for 'k' parameter"],
  ['k=-0', "f:1: expected a bool for 'k' parameter"],
  ['k=[1]', "f:1: expected a bool for 'k' parameter"],
  ['k=2', "f:1: value for 'k' parameter must be 0 or 1"],
] as const) {
  test(`no boolean: ${text}`, () => {
    assert.throws(() => booleanSetting(parseQemuConf(text, 'f'), 'k', true), { message });
  });
}
