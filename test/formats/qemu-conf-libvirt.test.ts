import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../src/errors.ts';
import { type ConfValue, parseQemuConf } from '../../src/formats/qemu-conf.ts';
import { needsLibvirt, parseWithLibvirt, shippedConf } from '../support/libvirt.ts';
import { rounds } from '../support/scratch.ts';

const releases = rounds(1, 2) === 1 ? (['trixie'] as const) : (['trixie', 'sid'] as const);

const texts: readonly string[] = [
  '',
  ' ',
  '\n',
  ' \n \r\t',
  '#',
  '# c',
  '#\r#\n',
  'a=1',
  'a = 1 ',
  'a=1\n \n ',
  'a\t=\t1',
  '\ta=1',
  'a',
  'a\n=1',
  'a=',
  'a=\n1',
  'a=#1',
  'a=1#c',
  'a=1 # c\nb=2',
  'a=1;b=2',
  'a=1 ; b=2',
  'a=1;',
  'a=1;\n;',
  'a=1;;b=2',
  ';',
  '#c;a=1\n',
  'a=1;#c\nb=2',
  'a=1 b=2',
  'a=1\rb=2\r\nc=3\n\rd=4',
  'a="x"\r\n\r\nb="y" z',
  'A_1b=1',
  '_a=1',
  '1a=1',
  'a-b=1',
  'a.b=1',
  'é=1',
  'aé=1',
  '\u00ef\u00bb\u00bfa=1',
  'a=1\0b=2',
  '\0',
  'a="x\0y"',
  'a=0',
  'a=-0',
  'a=+0',
  'a=-',
  'a=+',
  'a=--1',
  'a=+-1',
  'a=007',
  'a=0x10',
  'a=1.5',
  'a=1e3',
  'a=true',
  'a=9223372036854775807',
  'a=9223372036854775808',
  'a=-9223372036854775807',
  'a=-9223372036854775808',
  'a=18446744073709551616',
  'a=99999999999999999999999999\n\nb',
  'a=""',
  "a=''",
  'a="\'"',
  "a='\"'",
  'a="\\""',
  'a="\\n"',
  'a="x',
  'a="x\n"',
  'a="x\r"',
  "a='x",
  'a="#"',
  'a=";"',
  'a="é"',
  'a="\u00ff"',
  'a="x"y',
  'a="x""y"',
  'a=x',
  'a=""""""',
  'a=""""""\n',
  'a="""""" ',
  'a="""x"""',
  'a="""x',
  'a="""x""',
  'a="""\nx\n"""\nb',
  'a="""x"y""z"""',
  'a=""""x"""',
  'a="""x""""',
  'a="""x"""#c\nb=1;',
  "a='''x'''",
  'a="""',
  'a=""""',
  'a="""""',
  'a="""\r\n\r"""\n b!',
  'a=[]',
  'a=[ ]',
  'a=[\n]',
  'a=[,]',
  'a=[1,]',
  'a=[1,,]',
  'a=[1,2]',
  'a=[1 2]',
  'a=["x"\n,\n"y"\n]',
  'a=[[],[[]]]',
  'a=[1,[2,"x"],]',
  'a=[',
  'a=[1',
  'a=[1,',
  'a=[#c\n1]',
  'a=[1#c\n]',
  'a=[1,#c\n2]',
  'a=[\r1\r]',
  'a=[1;2]',
  'a=[b]',
  'a=]',
  'a=[]]',
  'a=[]b=1',
  'a=[1]#c',
  'a=1\na=2\nA=3',
  `a=${'['.repeat(900)}1${']'.repeat(900)}`,
];

for (const release of releases) {
  const options = needsLibvirt(release);

  test(`a table of texts is read as libvirt of ${release} reads it`, options, (context) => {
    assert.deepEqual(texts.map(parseHere), parseWithLibvirt(context, release, texts));
  });

  test(`generated texts are read as libvirt of ${release} reads them`, options, (context) => {
    const generated = fc.sample(fc.oneof(pieces, pieces, characters), rounds(6000, 100_000));
    const there = parseWithLibvirt(context, release, generated);
    const wrong = generated.flatMap((text, index) => {
      const here = parseHere(text);
      return here === there[index] ? [] : [{ text, here, there: there[index] }];
    });
    assert.deepEqual(wrong.slice(0, 5), []);
    assert.equal(there.length, generated.length);
    const accepted = there.filter((line) => line.startsWith('ok')).length;
    assert.ok(accepted > there.length / 10 && accepted < there.length, String(accepted));
  });

  test(`the file that libvirt of ${release} ships has no active line`, options, (context) => {
    const text = Buffer.from(shippedConf(release)).toString('latin1');
    assert.deepEqual(parseWithLibvirt(context, release, [text]), ['ok']);
    assert.deepEqual(parseQemuConf(text, 'f').entries, []);
  });
}

const pieces = fc
  .array(
    fc.constantFrom(
      ...['a', 'b', '=', '=', ' = ', '1', '"x"', "'y'", '"', '"""', '"""', "'", '[', ']', ','],
      ...[';', '\n', '\n', '\r\n', '\r', ' ', '\t', '#', '# c', '-', '+', '\0', '\u00e9', '\\'],
      ...[
        'user="q"',
        'n=5\n',
        'l=["x",\n"y"]',
        'l=[1,[2]]\n',
        '9223372036854775808',
        's="""m\nn"""\n',
      ],
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
const characters = fc
  .array(fc.constantFrom(...'aZ_09=="\'[],;#+-\n\r \t\0'), { maxLength: 12 })
  .map((parts) => parts.join(''));

/** In the form of the reader's lines. */
function parseHere(text: string): string {
  try {
    const { entries } = parseQemuConf(text, 'qemu.conf');
    return ['ok', ...entries.map(({ key, value }) => `${key}=${print(value)}`)].join(' ');
  } catch (error) {
    if (error instanceof AppError && error.code === 'VP_QEMU_CONF_SYNTAX')
      return `error ${error.message}`;
    throw error;
  }
}

function print(value: ConfValue): string {
  if (value.type === 'string') return `"${Buffer.from(value.value, 'latin1').toString('hex')}"`;
  if (value.type === 'list') return `[${value.value.map((item) => `${print(item)},`).join('')}]`;
  return value.signed ? `-${-value.value}` : String(value.value);
}
