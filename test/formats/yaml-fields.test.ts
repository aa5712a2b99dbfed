import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { parseYaml, type YamlNode } from '../../src/formats/yaml.ts';
import {
  isNull,
  readBoolean,
  readChoice,
  readInteger,
  readList,
  readSection,
  readText,
  requireField,
} from '../../src/formats/yaml-fields.ts';

function nodeOf(text: string): YamlNode {
  const origin = { file: 'f', syntaxCode: 'VP_INTERNAL', valueCode: 'VP_POLICY_INVALID' } as const;
  return requireField(readSection(parseYaml(`k: ${text}\n`, origin), '', ['k']), 'k');
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return `${error.message} | ${error.hint ?? ''}`;
  }
  return 'accepted';
}

test('whole numbers are plain decimal digits', () => {
  assert.deepEqual(
    ['0', '107', '-1'].map((text) => readInteger(nodeOf(text), 'n')),
    [0, 107, -1],
  );
  for (const text of [
    '1.0',
    '1e3',
    '0x1f',
    '0o17',
    '007',
    '"1"',
    '9007199254740993',
    'x',
    '~',
    '',
  ]) {
    assert.match(
      messageOf(() => readInteger(nodeOf(text), 'n')),
      /^f:1:\d+: 'n' must be a whole number/,
    );
  }
});

const wrong: readonly (readonly [string, (node: YamlNode) => unknown, string])[] = [
  [
    '107',
    (node) => readText(node, 'n'),
    `f:1:4: 'n' must be a string, not the number 107 | write it in quotes: "107"`,
  ],
  ['true', (node) => readText(node, 'n'), "f:1:4: 'n' must be a string, not the boolean true | "],
  ['[a]', (node) => readText(node, 'n'), "f:1:4: 'n' must be a string, not a list | "],
  ['', (node) => readText(node, 'n'), "f:1:4: 'n' must be a string, not empty | "],
  ['~', (node) => readText(node, 'n'), "f:1:4: 'n' must be a string, not null | "],
  [
    'yes',
    (node) => readBoolean(node, 'n'),
    "f:1:4: 'n' must be true or false, not the string 'yes' | ",
  ],
  ['a', (node) => readList(node, 'n'), "f:1:4: 'n' must be a list, not the string 'a' | "],
  ['a', (node) => readChoice(node, 'n', ['b', 'c']), "f:1:4: 'n' is 'a' | choose one of b, c"],
  [
    'a',
    (node) => readSection(node, 'n', []),
    "f:1:4: 'n' must be a mapping of keys to values, not the string 'a' | ",
  ],
  [
    '{x: 1}',
    (node) => readSection(node, 'n', ['y']),
    "f:1:5: unknown key 'x' in 'n' | the keys in 'n' are y",
  ],
  [
    '{x: 1}',
    (node) => requireField(readSection(node, 'n', null), 'y'),
    "f:1:4: 'n.y' is missing | ",
  ],
];

for (const [text, read, message] of wrong) {
  test(`wrong type: ${message}`, () => {
    assert.equal(
      messageOf(() => read(nodeOf(text))),
      message,
    );
  });
}

test('null is written; a key without a value is not null', () => {
  assert.deepEqual(
    ['~', 'null', '', '"null"', '0'].map((text) => isNull(nodeOf(text))),
    [true, true, false, false, false],
  );
});
