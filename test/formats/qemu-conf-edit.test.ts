import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ConfEntry, parseQemuConf } from '../../src/formats/qemu-conf.ts';
import {
  type ConfSetting,
  hasSetting,
  setQemuConf,
  unsetQemuConf,
} from '../../src/formats/qemu-conf-edit.ts';
import { rounds } from '../support/scratch.ts';

const note = "# commented out: libvirt uses the first 'user' only";

const edits: readonly (readonly [string, string, string])[] = [
  ['an empty file', '', 'user = "q"\n'],
  ['no line, no final newline', 'a = 1', 'a = 1\nuser = "q"\n'],
  ['a value in place', 'user = "root"\n', 'user = "q"\n'],
  ['no final newline', 'user = "root"', 'user = "q"'],
  ['blanks and a comment behind', '\tuser  =\t"root"  # why\n', '\tuser  =\t"q"  # why\n'],
  ['single quotes', "user='root'\n", 'user="q"\n'],
  ['triple quotes', 'user="""root"""\nb=1\n', 'user="q"\nb=1\n'],
  ['a number', 'user = 107\n', 'user = "q"\n'],
  ['a statement of a shared line', 'a=1;user="root";b=2\n', 'a=1;user="q";b=2\n'],
  ['the value it has, other quotes', "user = 'q'\n", "user = 'q'\n"],
  ['CRLF', 'a = 1\r\nuser = "root"\r\n', 'a = 1\r\nuser = "q"\r\n'],
  ['CRLF, appended', 'a = 1\r\n', 'a = 1\r\nuser = "q"\r\n'],
  [
    'below the sample',
    '# user = x\n#user = "root"\n\na = 1\n',
    '# user = x\n#user = "root"\nuser = "q"\n\na = 1\n',
  ],
  [
    'below the last sample',
    '#user = "a"\n#user = "b"\n# end\n',
    '#user = "a"\n#user = "b"\nuser = "q"\n# end\n',
  ],
  ['a sample without newline', '#user = "a"', '#user = "a"\nuser = "q"\n'],
  [
    'a sample of several lines',
    '#user = [\n#  "a",\n#]\n# end\n',
    '#user = [\n#  "a",\n#]\nuser = "q"\n# end\n',
  ],
  [
    'no sample inside a value',
    'a = """\n#user = 1\n"""\n',
    'a = """\n#user = 1\n"""\nuser = "q"\n',
  ],
  [
    'a longer key is another key',
    '#user_x = 1\nuser_y = 2\n',
    '#user_x = 1\nuser_y = 2\nuser = "q"\n',
  ],
  [
    'duplicates',
    'user="a"\nuser="b"\n user="c" # d\n',
    `user="q"\n${note}\n#user="b"\n${note}\n# user="c" # d\n`,
  ],
  [
    'a duplicate of a shared line',
    'user="a";user="b";c=1\n',
    `user="q";\n${note}\n#user="b"\nc=1\n`,
  ],
  ['a duplicate before a last ;', 'user="a"\nuser="b";\n', `user="q"\n${note}\n#user="b"\n`],
  [
    'a duplicate of several lines',
    'user="a"\nuser="""x\ny"""\n',
    `user="q"\n${note}\n#user="""x\n#y"""\n`,
  ],
];

for (const [name, before, after] of edits) {
  test(`sets the user: ${name}`, () => {
    assert.equal(setQemuConf(before, 'user', 'q'), after);
    assert.equal(setQemuConf(after, 'user', 'q'), after, 'a second time changes nothing');
    assert.ok(hasSetting(parseQemuConf(after, 'f'), 'user', 'q'));
  });
}

const unsetNote = "# commented out: 'user' was unset";

for (const [name, before, after] of [
  ['nothing to do', 'a = 1\n', 'a = 1\n'],
  ['a sample is no line', '#user = "x"\n', '#user = "x"\n'],
  ['one line', 'a=1\nuser = "x" # y\nb=2\n', `a=1\n${unsetNote}\n#user = "x" # y\nb=2\n`],
  ['indented', '\tuser = "x"\n', `${unsetNote}\n#\tuser = "x"\n`],
  ['every line', 'user="x"\nuser="y"', `${unsetNote}\n#user="x"\n${unsetNote}\n#user="y"`],
  ['a shared line', 'a=1; user="x" ;b=2\n', `a=1; \n${unsetNote}\n#user="x"\nb=2\n`],
  ['CRLF', 'user="x"\r\n', `${unsetNote}\r\n#user="x"\r\n`],
] as const) {
  test(`unsets the user: ${name}`, () => {
    assert.equal(unsetQemuConf(before, 'user'), after);
  });
}

test('a line set again after unset stands below the commented one', () => {
  const once = unsetQemuConf('user = "x"\na=1\n', 'user');
  assert.equal(setQemuConf(once, 'user', 'q'), `${unsetNote}\n#user = "x"\nuser = "q"\na=1\n`);
});

test('comments alone in CRLF do not make a line that the lens cannot read', () => {
  assert.equal(
    setQemuConf('# a\r\n#user = "x"\r\n', 'user', 'q'),
    '# a\r\n#user = "x"\r\nuser = "q"\n',
  );
});

const numRuns = rounds(500, 20_000);
const settings: fc.Arbitrary<readonly [string, ConfSetting]> = fc.oneof(
  fc.tuple(fc.constant('user'), fc.stringMatching(/^[a-zé][ac-z0-9é._#;-]*$/)),
  fc.tuple(fc.constant('vnc_password'), fc.stringMatching(/^[ !#-[\]-~é]*$/)),
  fc.tuple(fc.constant('max_files'), fc.nat()),
  fc.tuple(fc.constant('nvram'), fc.array(fc.stringMatching(/^[ !#-[\]-~]*$/), { maxLength: 3 })),
  fc.tuple(fc.constant('of_tomorrow'), fc.nat()),
);
const pieces = fc.constantFrom(
  'KEY = "a"',
  "KEY='b'",
  'KEY="""c\nd"""',
  'KEY=5',
  '#KEY = "x"',
  '# prose',
  'b=[1,\n"x"]',
  ';',
  ';',
  '\n',
  '\n',
  '\r\n',
  '\r',
  ' ',
  '\t',
  '# é',
  'group="g"',
  '#KEY = [\n#"x"\n#]',
);
const cases = fc
  .tuple(fc.array(pieces, { maxLength: 14 }), settings)
  .map(([parts, [key, value]]) => ({ text: parts.join('').replaceAll('KEY', key), key, value }))
  .filter(({ text }) => isAccepted(text));

function isAccepted(text: string): boolean {
  try {
    parseQemuConf(text, 'f');
    return true;
  } catch {
    return false;
  }
}

test('set, then get; the other keys keep their values; a second set changes nothing', () => {
  fc.assert(
    fc.property(cases, ({ text, key, value }) => {
      const edited = setQemuConf(text, key, value);
      const conf = parseQemuConf(edited, 'f');
      assert.ok(hasSetting(conf, key, value));
      assert.equal(entriesOf(edited, key).length, 1);
      assert.deepEqual(otherEntries(edited, key), otherEntries(text, key));
      assert.equal(setQemuConf(edited, key, value), edited);
    }),
    { numRuns },
  );
});

test('without duplicates every byte outside the value is kept', () => {
  fc.assert(
    fc.property(cases, ({ text, key, value }) => {
      const lines = entriesOf(text, key);
      fc.pre(lines.length <= 1);
      const edited = setQemuConf(text, key, value);
      const [before, after] = [lines[0], entriesOf(edited, key)[0]];
      assert.ok(after);
      if (before === undefined) return assert.ok(isSubsequence(text, edited));
      assert.equal(edited.slice(0, after.start), text.slice(0, before.start));
      assert.equal(edited.slice(after.end), text.slice(before.end));
    }),
    { numRuns },
  );
});

test('unset, then there is none; the other keys keep their values; no character is lost', () => {
  fc.assert(
    fc.property(cases, ({ text, key }) => {
      const edited = unsetQemuConf(text, key);
      assert.equal(entriesOf(edited, key).length, 0);
      assert.deepEqual(otherEntries(edited, key), otherEntries(text, key));
      assert.equal(unsetQemuConf(edited, key), edited);
      // Only indentation moves, behind the `#`, and a `;` becomes a line end.
      const solid = text.replace(/[ \t;]/g, '');
      assert.ok(isSubsequence(solid, edited));
      if (entriesOf(text, key).length === 0) assert.equal(edited, text);
    }),
    { numRuns },
  );
});

function entriesOf(text: string, wanted: string): readonly ConfEntry[] {
  return parseQemuConf(text, 'f').entries.filter(({ key }) => key === wanted);
}

function otherEntries(text: string, unwanted: string): readonly string[] {
  const others = parseQemuConf(text, 'f').entries.filter(({ key }) => key !== unwanted);
  return others.map(({ key, start, end }) => `${key}=${text.slice(start, end)}`);
}

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const char of whole) if (char === part[at]) at += 1;
  return at === part.length;
}
