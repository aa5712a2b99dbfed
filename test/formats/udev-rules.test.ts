import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseUdevRules, printUdevToken, type UdevToken } from '../../src/formats/udev-rules.ts';
import { rounds } from '../support/scratch.ts';

function printed(text: string): readonly (readonly [number, string])[] {
  const { rules } = parseUdevRules(text);
  return rules.map(({ line, tokens }) => [line, tokens.map(printUdevToken).join(' ')]);
}

const readable: readonly (readonly [string, string, readonly (readonly [number, string])[]])[] = [
  ['a rule', 'KERNEL=="kvm", MODE="0666"\n', [[1, 'KERNEL=="kvm" MODE="0666"']]],
  ['without commas and blanks', 'KERNEL=="kvm"MODE="0666"', [[1, 'KERNEL=="kvm" MODE="0666"']]],
  ['blanks around operators', ' ENV{A} += "x" ,\tTAG-="y"', [[1, 'ENV{A}+="x" TAG-="y"']]],
  ['comments and empty lines', '# a\n\n  # b\nGOTO="c"\n', [[4, 'GOTO="c"']]],
  [
    'continued lines',
    'KERNEL=="a", \\\n  MODE="1", \\\n GROUP="g"\nLABEL="x"',
    [
      [1, 'KERNEL=="a" MODE="1" GROUP="g"'],
      [4, 'LABEL="x"'],
    ],
  ],
  [
    'a comment among continued lines',
    'KERNEL=="a", \\\n# no\nMODE="1"\n',
    [[1, 'KERNEL=="a" MODE="1"']],
  ],
  ['a quotation mark in a value', 'RUN+="a \\"b\\" \\c"', [[1, 'RUN+=e"a \\"b\\" \\\\c"']]],
  ['escapes of C', 'RUN+=e"a\\tb\\x41\\101"', [[1, 'RUN+=e"a\\tbAA"']]],
  ['without regard to case', 'KERNEL==i"Kvm"', [[1, 'KERNEL==i"Kvm"']]],
  [
    'all the operators',
    'A=="1", B!="2", C="3", D+="4", E-="5", F:="6"',
    [[1, 'A=="1" B!="2" C="3" D+="4" E-="5" F:="6"']],
  ],
];

for (const [name, text, expected] of readable) {
  test(`reads ${name}`, () => {
    assert.deepEqual(printed(text), expected);
    assert.deepEqual(parseUdevRules(text).faults, []);
  });
}

const faulty: readonly (readonly [string, string, number, string])[] = [
  ['a value without its end', 'GOTO="a"\nMODE="0666\n', 2, 'not KEY OPERATOR "VALUE": MODE="0666'],
  [
    'a quotation mark that is missing in the middle',
    'MODE="0666, GROUP="kvm"',
    1,
    'not KEY OPERATOR "VALUE": kvm"',
  ],
  ['a value without quotation marks', 'MODE=0666', 1, 'not KEY OPERATOR "VALUE": MODE=0666'],
  ['a key alone', 'nonsense', 1, 'not KEY OPERATOR "VALUE": nonsense'],
  ['an operator alone', '=="x"', 1, 'not KEY OPERATOR "VALUE": =="x"'],
  ['an escaped end', 'RUN="a\\"', 1, 'not KEY OPERATOR "VALUE": RUN="a\\"'],
  ['an unknown escape', 'RUN=e"\\q"', 1, 'not KEY OPERATOR "VALUE": RUN=e"\\q"'],
  ['a prefix twice', 'RUN==ii"a"', 1, 'not KEY OPERATOR "VALUE": RUN==ii"a"'],
  [
    'a file that ends in the middle',
    'GOTO="a", \\\n',
    1,
    'the file ends where this rule is to be continued',
  ],
];

for (const [name, text, line, message] of faulty) {
  test(`leaves out ${name}`, () => {
    assert.deepEqual(parseUdevRules(text).faults, [{ line, message }]);
  });
}

test('a fault takes its own rule and no other', () => {
  assert.deepEqual(printed('nonsense\nGOTO="a"\n'), [[2, 'GOTO="a"']]);
});

test('the gaps before tokens and behind the last are kept', () => {
  const [rule] = parseUdevRules(', KERNEL=="a" ,MODE="1",').rules;
  assert.deepEqual(
    rule?.tokens.map(({ gap }) => gap),
    [', ', ' ,'],
  );
  assert.equal(rule?.tail, ',');
});

const token = fc.record({
  key: fc.stringMatching(/^[A-Z]{1,8}$/),
  attribute: fc.option(fc.stringMatching(/^[a-z/_.]{1,8}$/)),
  operator: fc.constantFrom('==', '!=', '=', '+=', '-=', ':=') as fc.Arbitrary<
    UdevToken['operator']
  >,
  value: fc.stringMatching(/^[ -~\n\t]{0,12}$/),
  isCaseInsensitive: fc.boolean(),
});

test('what is printed is read as the same', () => {
  fc.assert(
    fc.property(fc.array(token, { minLength: 1, maxLength: 5 }), (tokens) => {
      const text = tokens.map((one) => printUdevToken({ ...one, gap: '' })).join(', ');
      const { rules, faults } = parseUdevRules(`${text}\n`);
      assert.deepEqual(faults, []);
      const read = rules.flatMap((rule) => rule.tokens.map(({ gap: _, ...rest }) => rest));
      assert.deepEqual(
        read,
        tokens.map((one) => ({ ...one })),
      );
    }),
    { numRuns: rounds(300, 20_000) },
  );
});

test('no text makes the parser throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { rules, faults } = parseUdevRules(text);
      assert.ok([...rules, ...faults].every(({ line }) => line >= 1));
    }),
    { numRuns: rounds(300, 20_000) },
  );
});
