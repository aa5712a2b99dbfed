import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AppError } from '../../src/errors.ts';
import { printShellWord } from '../../src/formats/shell-word.ts';
import { parseVmFile } from '../../src/formats/vm-file.ts';
import { rounds } from '../support/scratch.ts';

const file = '/etc/web.args';

function wordsOf(text: string): readonly string[] {
  const { emulator, arguments: rest } = parseVmFile(text, file);
  return [emulator, ...rest];
}

const accepted: readonly (readonly [string, string, readonly string[]])[] = [
  ['words and blanks', ' q  -m\t1G \n', ['q', '-m', '1G']],
  ['lines are joined', 'q\n-m\n1G', ['q', '-m', '1G']],
  ['a backslash before a line end is a blank', 'q \\\n  -m\\\n1G\\\n', ['q', '-m', '1G']],
  ['CRLF is a line end', 'q -m 1G\r\n-S \\\r\n-s\r\n', ['q', '-m', '1G', '-S', '-s']],
  ['single quotes keep everything', `q 'a "b" $c \\ \`d\` # ;'`, ['q', 'a "b" $c \\ `d` # ;']],
  ['double quotes and their escapes', 'q "a \\"b\\" \\$c \\\\ \\`"', ['q', 'a "b" $c \\ `']],
  ['in double quotes another backslash is itself', 'q "\\a \\\' \\n"', ['q', "\\a \\' \\n"]],
  ['in double quotes a backslash joins lines', 'q "a\\\nb" "c\\\r\nd"', ['q', 'ab', 'cd']],
  ['a line end in quotes is kept', `q 'a\nb' "c\r\nd"`, ['q', 'a\nb', 'c\nd']],
  [
    'a backslash outside',
    'q \\# \\a\\ b \\$x \\" \\\\ \\|',
    ['q', '#', 'a b', '$x', '"', '\\', '|'],
  ],
  ['pieces make one word', `q a'b'"c"\\d`, ['q', 'abcd']],
  ['empty words', `q '' "" a''`, ['q', '', '', 'a']],
  ['comments', '# one\n q # two "\'$\n-m 1G#3 #\n#', ['q', '-m', '1G#3']],
  ['a comment ends at the line end only', 'q # a \u2028 b \\\n-S', ['q', '-S']],
  ['a quoted # is no comment', `q '#a' \\#b ''#c`, ['q', '#a', '#b', '#c']],
  [
    'patterns and braces are themselves',
    'q * a? [b] ~ ~x {a,b} ! = %',
    [...['q', '*', 'a?', '[b]', '~', '~x', '{a,b}', '!', '=', '%']],
  ],
  ['blanks of other scripts are no blanks', 'q a\u00a0b\u3000c 😀', ['q', 'a\u00a0b\u3000c', '😀']],
  ['an escaped character beyond 16 bits', 'q \\😀', ['q', '😀']],
  ['a quoted -- is a word', `q '--' \\-- "--"`, ['q', '--', '--', '--']],
];

for (const [name, text, words] of accepted) {
  test(name, () => assert.deepEqual(wordsOf(text), words));
}

const withOptions: readonly (readonly [string, readonly string[]])[] = [
  ['--\nq -S', []],
  ['--env A=1\n--\nq -S', ['--env', 'A=1']],
  [
    "# first\n--env 'A=1 2'\n --limit core=0 \n\t-- # last\nq -S",
    ['--env', 'A=1 2', '--limit', 'core=0'],
  ],
  ['--json\r\n--\r\nq -S\r\n', ['--json']],
];

for (const [text, options] of withOptions) {
  test(`options before the line --: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseVmFile(text, file), { file, options, emulator: 'q', arguments: ['-S'] });
  });
}

const shellHint = 'put it between single quotes, or a backslash before it';
const textHint = 'write it as plain UTF-8 text';
const refused: readonly (readonly [string, number, number, string, string?])[] = [
  ['', 1, 1, 'no emulator'],
  ['# nothing\n', 2, 1, 'no emulator'],
  ['--conf x\n--\n', 3, 1, 'no emulator'],
  [`'' -S`, 1, 1, 'no emulator'],
  ['q\n -x "a\nb', 2, 5, 'the quote " is not closed'],
  ["q a'b", 1, 4, "the quote ' is not closed"],
  ['q "a\\"', 1, 3, 'the quote " is not closed'],
  ['q "a\\', 1, 3, 'the quote " is not closed'],
  ['q \\', 1, 3, 'nothing follows the backslash'],
  ['q $HOME', 1, 3, '$ would mean something to a shell', shellHint],
  ['q\nab"c$d"', 2, 5, '$ would mean something to a shell', shellHint],
  ['q "`id`"', 1, 4, '` would mean something to a shell', shellHint],
  ["q $'a'", 1, 3, '$ would mean something to a shell', shellHint],
  ...['|', '&', ';', '<', '>', '(', ')', '`'].map(
    (sign) => [`q a${sign}b`, 1, 4, `${sign} would mean something to a shell`, shellHint] as const,
  ),
  ['q\0', 1, 2, 'a NUL', textHint],
  ['q \ufffd', 1, 3, 'a byte that is not UTF-8', textHint],
  ['\ufeffq', 1, 1, 'a byte order mark', textHint],
  ['q\r\nab\rc', 2, 3, 'a carriage return inside a line', textHint],
  ['--conf x -- q', 1, 10, '`--` does not stand on a line of its own'],
  ['--conf x\n-- q', 2, 1, '`--` does not stand on a line of its own'],
  ["--conf 'x\ny' --\nq", 2, 4, '`--` does not stand on a line of its own'],
  ['--\nq\n--\n', 3, 1, 'a second `--`'],
  ['--\nq -- x', 2, 3, 'a second `--`'],
  [
    '--conf x q',
    1,
    1,
    '"--conf" is no emulator',
    'options stand before a line `--`, and the emulator after it',
  ],
  [`q ${'x'.repeat(131072)}`, 1, 3, 'a word of more than 131071 bytes'],
  [`q '${'ä'.repeat(65536)}'`, 1, 3, 'a word of more than 131071 bytes'],
];

for (const [text, line, column, why, hint] of refused) {
  test(`refused: ${JSON.stringify(text.slice(0, 30))}`, () => {
    const message = `${file}:${line}:${column}: ${why}`;
    const details = { code: 'VP_USAGE', message, path: file, line, column, hint };
    assert.throws(() => parseVmFile(text, file), details);
  });
}

test('1 MiB is read in a moment, whatever stands in it, and not a character more', () => {
  const size = 1024 * 1024;
  for (const unit of ['a ', "''", '""', '\\\n', '#\n', '"\\\\"\n', "'a' ", '# ', '\\a\n', '\r\n']) {
    const text = `q ${unit.repeat(size)}`.slice(0, size - 2).replace(/[\\"'\r]+$/, '');
    const from = performance.now();
    try {
      parseVmFile(`${text}\n`, file);
    } catch (error) {
      // Half of a quoted word may be left at the end, and many signs may make one long word.
      assert.match(String(error), /is not closed|more than 131071 bytes/);
    }
    assert.ok(performance.now() - from < 2000, JSON.stringify(unit));
  }
  const message = `${file} is larger than 1 MiB`;
  assert.throws(() => parseVmFile(`q ${'a '.repeat(size)}`, file), { code: 'VP_USAGE', message });
});

const anyWord = fc
  .string({ unit: 'binary' })
  .map((text) => text.replaceAll(/[\0\r\ufeff\ufffd]/g, ''));

/** The word in the three ways of quoting. */
const printers: readonly ((word: string) => string)[] = [
  (word) => `'${word.replaceAll("'", "'\\''")}'`,
  (word) => `"${word.replaceAll(/["\\$`]/g, '\\$&')}"`,
  (word) =>
    word === '' || word.includes('\n')
      ? `'${word.replaceAll("'", `'"'"'`)}'`
      : word.replaceAll(/[^\n]/gu, '\\$&'),
];

test('any words come back as they were printed, in any quotes, between any blanks and comments', () => {
  const printed = fc.tuple(
    anyWord,
    fc.constantFrom(...printers),
    fc.constantFrom(' ', '\n', '\r\n', ' \\\n', '\t# it\'s "$x"\n'),
  );
  fc.assert(
    fc.property(fc.array(printed), (parts) => {
      const text = parts.map(([word, print, blank]) => `${print(word)}${blank}`).join('');
      assert.deepEqual(wordsOf(`q ${text}`), ['q', ...parts.map(([word]) => word)]);
    }),
    { numRuns: rounds(300, 20_000) },
  );
});

test('any text is words, or a usage error with its place', () => {
  const signs = fc.constantFrom(
    'q',
    '-',
    ' ',
    '\n',
    '\r',
    "'",
    '"',
    '\\',
    '#',
    '$',
    '\0',
    '|',
    'ä',
  );
  fc.assert(
    fc.property(fc.string({ unit: signs }), (text) => {
      try {
        assert.notEqual(parseVmFile(text, file).emulator, '');
      } catch (error) {
        const { code, line = 0, column = 0, message } = error as AppError;
        assert.equal(code, 'VP_USAGE', String(error));
        assert.ok(message.startsWith(`${file}:${line}:${column}: `), message);
        const lines = text.replaceAll('\r\n', '\n').split('\n');
        assert.ok(column >= 1 && column <= (lines[line - 1]?.length ?? -1) + 1, message);
      }
    }),
    { numRuns: rounds(1000, 50_000) },
  );
});

test('what the programs print for a shell is read back', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are printed as $'…', which is no plain quoting
  const isPlain = (word: string) => word !== '--' && !/[\u0000-\u001f\u007f-\u009f]/.test(word);
  fc.assert(
    fc.property(fc.array(anyWord.filter(isPlain)), (words) => {
      assert.deepEqual(wordsOf(['q', ...words.map(printShellWord)].join(' ')), ['q', ...words]);
    }),
    { numRuns: rounds(300, 20_000) },
  );
});

test('a shell reads the same words from a line, wherever nothing is refused', () => {
  const signs = fc.constantFrom('a', ' ', "'", '"', '\\', '#', '$', '`', '=', '-', ';');
  const texts = fc
    .sample(fc.array(signs, { maxLength: 12 }), rounds(1000, 20_000))
    .map((all) => `q ${all.join('')}`)
    .filter(isAccepted);
  assert.ok(texts.length > 100);
  const lines = texts.map((text) => `say ${text}`).join('\n');
  const input = `say() { printf '%s\\0' "$@"; printf '\\n'; }\n${lines}\n`;
  const read = execFileSync('sh', ['-s'], { input, encoding: 'utf8', env: {} });
  const words = read.split('\n').map((line) => line.split('\0').slice(0, -1));
  assert.deepEqual(texts.map(wordsOf), words.slice(0, -1));
});

function isAccepted(text: string): boolean {
  try {
    parseVmFile(text, file);
    return true;
  } catch {
    return false;
  }
}
