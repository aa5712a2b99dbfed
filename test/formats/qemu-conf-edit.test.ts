import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseQemuConf } from '../../src/formats/qemu-conf.ts';
import { type ConfSetting, hasSetting, setQemuConf } from '../../src/formats/qemu-conf-edit.ts';

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
    `user="q"\n${note}\n#user="b"\n ${note}\n#user="c" # d\n`,
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

test('numbers and lists are written as the lens wants them', () => {
  assert.equal(setQemuConf('', 'dynamic_ownership', 1), 'dynamic_ownership = 1\n');
  assert.equal(setQemuConf('', 'namespaces', []), 'namespaces = []\n');
  assert.equal(setQemuConf('', 'nvram', ['/a:/b', '/c']), 'nvram = [ "/a:/b", "/c" ]\n');
});

for (const [value, what] of [
  ['a"b', 'a quotation mark or a control character'],
  ['a\nb', 'a quotation mark or a control character'],
  [['ok', 'a\0'], 'a quotation mark or a control character'],
  [-1, 'the number -1'],
  [1.5, 'the number 1.5'],
] as const) {
  test(`refuses the value ${JSON.stringify(value)}`, () => {
    const message = `qemu.conf cannot hold ${what} for 'k'`;
    assert.throws(() => setQemuConf('', 'k', value), { code: 'VP_QEMU_CONF_VALUE', message });
  });
}

const numRuns = process.env['VIRT_PRIVILEGES_TEST_SIZE'] === 'long' ? 20_000 : 500;
const settings: fc.Arbitrary<ConfSetting> = fc.oneof(
  fc.stringMatching(/^[ !#-~é]*$/),
  fc.nat(),
  fc.array(fc.stringMatching(/^[ !#-~]*$/), { maxLength: 3 }),
);
const pieces = fc.constantFrom(
  'user = "a"',
  "user='b'",
  'user="""c\nd"""',
  'user=5',
  '#user = "x"',
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
  '#user = [\n#"x"\n#]',
);
const texts = fc
  .array(pieces, { maxLength: 14 })
  .map((parts) => parts.join(''))
  .filter(isAccepted);

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
    fc.property(texts, settings, (text, value) => {
      const edited = setQemuConf(text, 'user', value);
      const conf = parseQemuConf(edited, 'f');
      assert.ok(hasSetting(conf, 'user', value));
      assert.equal(conf.entries.filter(({ key }) => key === 'user').length, 1);
      assert.deepEqual(otherEntries(edited), otherEntries(text));
      assert.equal(setQemuConf(edited, 'user', value), edited);
    }),
    { numRuns },
  );
});

test('without duplicates every byte outside the value is kept', () => {
  fc.assert(
    fc.property(texts, settings, (text, value) => {
      const users = parseQemuConf(text, 'f').entries.filter(({ key }) => key === 'user');
      fc.pre(users.length <= 1);
      const edited = setQemuConf(text, 'user', value);
      const [before, after] = [users[0], parseQemuConf(edited, 'f').entries.find(isUser)];
      assert.ok(after);
      if (before === undefined) return assert.ok(isSubsequence(text, edited));
      assert.equal(edited.slice(0, after.start), text.slice(0, before.start));
      assert.equal(edited.slice(after.end), text.slice(before.end));
    }),
    { numRuns },
  );
});

function isUser(entry: { readonly key: string }): boolean {
  return entry.key === 'user';
}

function otherEntries(text: string): readonly string[] {
  const others = parseQemuConf(text, 'f').entries.filter((entry) => !isUser(entry));
  return others.map(({ key, start, end }) => `${key}=${end - start}`);
}

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const char of whole) if (char === part[at]) at += 1;
  return at === part.length;
}
