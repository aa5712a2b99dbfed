import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArgs } from 'node:util';
import type { OptionTable } from '../../../src/runtime/request/options.ts';
import { readOptions } from '../../../src/runtime/request/options.ts';

const table: OptionTable = { texts: ['name', 'env'], flags: ['json'], positionals: true };

const accepted: readonly (readonly string[])[] = [
  [],
  ['--name', 'web'],
  ['--name=web'],
  ['--name='],
  ['--name', ''],
  ['--name', '-'],
  ['--name=-x'],
  ['--name==x'],
  ['--name', 'a=b'],
  ['--env', 'A=1', '--env=B=2', '--env', 'C'],
  ['--json'],
  ['--json', '--json'],
  ['web', '--json', 'more'],
  ['-'],
  ['--', '--json', '--', '-x'],
  ['--name', 'web', '--', 'x'],
];

const refused: readonly (readonly string[])[] = [
  ['--nam', 'web'],
  ['--unknown=x'],
  ['--__proto__'],
  ['--toString'],
  ['--=x'],
  ['--no-json'],
  ['-n', 'web'],
  ['-xyz'],
  ['---name'],
  ['--name'],
  ['--json', '--name'],
  ['--name', '--json'],
  ['--name', '-x'],
  ['--name', '--'],
  ['--json=1'],
  ['--json='],
  ['--json', '--bad', '--worse'],
];

const positional: readonly (readonly string[])[] = [['web'], ['-'], ['--', 'x'], ['--json', 'a b']];

/** What node:util reads out of the same words, in the shape of our own reader. */
function readByNode(words: readonly string[], { positionals }: OptionTable) {
  const { values, positionals: others } = parseArgs({
    args: [...words],
    allowPositionals: positionals,
    options: {
      name: { type: 'string', multiple: true },
      env: { type: 'string', multiple: true },
      json: { type: 'boolean', multiple: true },
    },
  });
  const { json = [], ...texts } = values;
  return { texts: { ...texts }, flags: json.map(() => 'json'), positionals: others };
}

function read(words: readonly string[], options: OptionTable) {
  const { texts, flags, positionals } = readOptions(words, options);
  return { texts, flags, positionals };
}

/** The first sentence of Node's complaint, as a message of this program starts. */
function complaintOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    const text = (error as Error).message.split(/\. |\n/)[0] ?? '';
    return text.charAt(0).toLowerCase() + text.slice(1);
  }
  return 'accepted';
}

for (const words of accepted) {
  test(`options are read as Node reads them: ${JSON.stringify(words)}`, () => {
    assert.deepEqual(read(words, table), readByNode(words, table));
  });
}

const strict = { ...table, positionals: false };
for (const words of [...refused, ...positional]) {
  test(`options are refused in Node's words: ${JSON.stringify(words)}`, () => {
    const complaint = complaintOf(() => readByNode(words, strict));
    assert.notEqual(complaint, 'accepted');
    assert.equal(
      complaintOf(() => read(words, strict)),
      complaint,
    );
  });
}

test('a usage error has its code and the way to the help', () => {
  assert.throws(() => readOptions(['--bad'], table), {
    code: 'VP_USAGE',
    message: "unknown option '--bad'",
    hint: 'see `qemu-launch --help`',
  });
});
