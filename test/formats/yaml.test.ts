import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../src/errors.ts';
import { parseYaml, type YamlNode } from '../../src/formats/yaml.ts';
import { rounds } from '../support/scratch.ts';

const origin = {
  file: 'x.yaml',
  syntaxCode: 'VP_POLICY_SYNTAX',
  valueCode: 'VP_POLICY_INVALID',
} as const;

function plain(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return new Map(node.entries.map(({ key, value }) => [key, plain(value)]));
}

const refused: readonly (readonly [string, string, string])[] = [
  ['nothing', '', '1:1: the file is empty'],
  ['blanks', ' \n\n', '1:1: the file is empty'],
  ['only comments', '# a\n# b\n', '1:1: the file is empty'],
  ['an empty document', '---\n', '1:1: the file is empty'],
  ['an empty document before a full one', '---\n---\na: 1\n', '3:1: a second document'],
  ['a scalar', 'hello\n', '1:1: the file is not a mapping of keys to values'],
  ['null', '~\n', '1:1: the file is not a mapping of keys to values'],
  ['a list', '- a\n', '1:1: the file is not a mapping of keys to values'],
  ['a duplicate key', 'a: 1\nb: 2\na: 3\n', '3:1: the key stands twice'],
  ['a duplicate key in a flow', 'a: {b: 1, b: 2}\n', '1:11: the key stands twice'],
  ['a tab', 'a:\n\tb: 1\n', '2:1: a tab in the indentation'],
  ['a tab after blanks', 'a:\n  \tb: 1\n', '2:3: a tab in the indentation'],
  ['a tab in a flow', 'a: {\n\tb: 1 }\n', '2:1: a tab in the indentation'],
  ['two documents', 'a: 1\n---\nb: 2\n', '3:1: a second document'],
  ['an anchor', 'a: &x 1\n', '1:7: an anchor, an alias or a tag'],
  ['an anchor on a key', '&x a: 1\n', '1:4: an anchor, an alias or a tag'],
  ['an alias', 'a: *x\n', '1:4: an anchor, an alias or a tag'],
  ['a tag', 'a: !!str 1\n', '1:10: an anchor, an alias or a tag'],
  ['a directive', '%YAML 1.1\n---\na: on\n', '1:1: a YAML directive'],
  ['a key that is a list', '? [a]\n: 1\n', '1:3: a key that is no plain word'],
  ['an open quote', 'a: "x\n', '2:1: missing closing "quote'],
  ['a NUL', 'a: x\u0000\n', '1:5: a control character, or a byte that is not UTF-8'],
  ['no UTF-8', 'a: 1\nb: \ufffd\n', '2:4: a control character, or a byte that is not UTF-8'],
  [
    'an escape sequence',
    'a: \u001b[31m\n',
    '1:4: a control character, or a byte that is not UTF-8',
  ],
  ['depth', `a: ${'['.repeat(33)}\n`, '1:1: nested deeper than 32 levels'],
  ['closed depth', `a: ${'['.repeat(99)}${']'.repeat(99)}`, '1:1: nested deeper than 32 levels'],
  ['depth over lines', `a:\n${' [\n'.repeat(40)}`, '34:1: nested deeper than 32 levels'],
  ['depth without brackets', `a:\n  ${'- '.repeat(40)}`, '2:1: nested deeper than 32 levels'],
  ['size', `a: ${'x'.repeat(262_144)}`, '1:1: the file is longer than 262144 characters'],
];

for (const [what, text, message] of refused) {
  test(`refused with line and column: ${what}`, () => {
    const [line, column] = message.split(':').map(Number);
    assert.throws(
      () => parseYaml(text, origin),
      (error: AppError) => {
        assert.equal(error.message, `x.yaml:${message}`);
        assert.deepEqual([error.path, error.line, error.column], ['x.yaml', line, column]);
        const isValue = message.includes('not a mapping');
        assert.equal(error.code, isValue ? 'VP_POLICY_INVALID' : 'VP_POLICY_SYNTAX');
        return true;
      },
    );
  });
}

test('values are those of the core schema, with the text they were written as', () => {
  const text = 'a: on\nb: 0666\nc: "0666"\nd: ~\ne:\nf: [1, x]\n__proto__: 1\ntrue: yes\n';
  const map = parseYaml(text, origin);
  const expected: readonly (readonly [string, unknown])[] = [
    ['a', 'on'],
    ['b', 666],
    ['c', '0666'],
    ['d', null],
    ['e', null],
    ['f', [1, 'x']],
    ['__proto__', 1],
    ['true', 'yes'],
  ];
  assert.deepEqual(plain(map), new Map(expected));
  const sources = map.entries.map(({ value }) => (value.kind === 'scalar' ? value.source : ''));
  assert.deepEqual(sources, ['on', '0666', '0666', '~', '', '', '1', 'yes']);
});

test('a byte order mark and CRLF are no harm', () => {
  const map = parseYaml('\ufeffa: 1\r\nb: {c: 2}\r\n', origin);
  const expected: readonly (readonly [string, unknown])[] = [
    ['a', 1],
    ['b', new Map([['c', 2]])],
  ];
  assert.deepEqual(plain(map), new Map(expected));
});

test('marks point at keys and values', () => {
  const [entry] = parseYaml('\n  a:\n    b: 1\n', origin).entries;
  assert.deepEqual([entry?.mark.line, entry?.mark.column], [2, 3]);
  assert.deepEqual([entry?.value.mark.line, entry?.value.mark.column], [3, 5]);
});

test('whatever the text is, the answer is a mapping or an AppError with a place', () => {
  const piece = fc.constantFrom(...'[]{}:,-?&*!|>\'"%@`#~ \n\tab1\u0000', '- ', ': ', '---\n');
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
  const property = fc.property(text, (given) => {
    try {
      return parseYaml(given, origin).kind === 'map';
    } catch (error) {
      return error instanceof AppError && Number(error.line) > 0 && Number(error.column) > 0;
    }
  });
  fc.assert(property, { numRuns: rounds(500, 20_000) });
});
