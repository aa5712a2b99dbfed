import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../../src/errors.ts';
import { parseKeyValues } from '../../../src/formats/key-value.ts';
import { parseConfigFile } from '../../../src/runtime/qemu-args/config-file.ts';
import { parseQemuArguments } from '../../../src/runtime/qemu-args/parse.ts';
import { brief, words } from '../../support/qemu-args.ts';
import { rounds } from '../../support/scratch.ts';

function parseWith(text: string, line = '-readconfig c') {
  const asked: string[] = [];
  const readConfig = (path: string) => {
    asked.push(path);
    return text;
  };
  const { paths, findings, guestName } = parseQemuArguments(words(line), {
    directory: '/vm',
    allowed: [],
    readConfig,
  });
  const told = findings.map(({ code, message }) => `${code} ${message}`);
  return { asked, paths: paths.map(brief), findings: told, from: paths.at(-1)?.from, guestName };
}

const file = '/vm/c config ro';

for (const [text, ...paths] of [
  [''],
  ['# only a comment\n\n'],
  ['[drive "d"]\n  file = "/a"\n  format="raw"\n', '/a disk rw'],
  ['[drive]\nfile = "/a,b=c"\nformat = "raw"', '/a,b=c disk rw'],
  ['[drive "d"]\nfile.filename = "/a"\nformat = "raw"', '/a disk rw'],
  ['[chardev "c"]\nbackend = "file"\npath = "/a"', '/a chardev rw created'],
  ['[device]\ndriver = "virtio-net-pci"\nromfile = "./r"', '/vm/r option-rom ro'],
  ['[object "k"]\nqom-type = "secret"\nfile = "/k"', '/k secret ro'],
  [
    '[machine]\ntype = "q35"\nkernel = "/k"\naccel = "kvm"',
    '/k kernel ro',
    '/dev/kvm device-node rw',
  ],
  ['[boot-opts]\nsplash = "/s"', '/s firmware ro'],
  ['[smp-opts]\ncpus = "2"\n[memory]\nsize = "1G"\n[global]\nproperty = "x"'],
  ['[drive "d"]\nfile = ""\nif = "floppy"'],
  [`# ${'ä'.repeat(510)}\n[drive]\n${' '.repeat(1008)}file="/a"\nformat="raw"`, '/a disk rw'],
] as const) {
  test(`read as arguments: ${JSON.stringify(text)}`, () => {
    const parsed = parseWith(text);
    assert.deepEqual(parsed.paths, [file, ...paths]);
    assert.deepEqual(parsed.findings, []);
    assert.deepEqual(parsed.asked, ['/vm/c']);
  });
}

test('a path of the file is said to come from it', () => {
  const { from } = parseWith('[drive "d"]\nfile = "/a"\nformat = "raw"');
  assert.deepEqual(from, ['-readconfig c [drive]']);
});

test('what the file says counts as if it stood among the arguments', () => {
  const text = '[name]\nguest = "inside"\n[drive "d"]\nfile = "/a"\nformat = "raw"';
  const line = '-name before -readconfig c -set drive.d.file=/b -device scsi-cd,drive=d';
  const parsed = parseWith(text, line);
  assert.equal(parsed.guestName, 'inside');
  assert.deepEqual(parsed.paths, [file, '/b disk ro']);
});

for (const [text, message] of [
  ['file = "/a"', 'line 1 of the file: expected [group "id"] first'],
  ['[drive]\nfile = /a', 'line 2 of the file: expected key = "value"'],
  ['[drive]\nfile', 'line 2 of the file: expected key = "value"'],
  ['[drive]\r\n\r\n', 'line 2 of the file: expected key = "value"'],
  ['[drive]\n  ', 'line 2 of the file: expected key = "value"'],
  ['[]', 'line 1 of the file: expected key = "value"'],
  [
    `[drive]\nfile = "${'x'.repeat(1024)}"`,
    'line 2 of the file: it is longer than 1022 bytes, and QEMU would read the rest as another line',
  ],
  [
    `[drive]\n${' '.repeat(1018)}a="b"\nfile = "/x"`,
    'line 2 of the file: it is longer than 1022 bytes, and QEMU would read the rest as another line',
  ],
  [
    `# ${'ä'.repeat(511)}`,
    'line 1 of the file: it is longer than 1022 bytes, and QEMU would read the rest as another line',
  ],
  ['[drive]\na,file = "x"', 'line 2 of the file: expected key = "value"'],
] as const) {
  test(`malformed: ${JSON.stringify(text).slice(0, 60)}`, () => {
    const { findings, paths } = parseWith(text);
    assert.deepEqual(findings, [`VP_ARGUMENT_MALFORMED -readconfig: ${message}`]);
    assert.deepEqual(paths, []);
  });
}

test('a file that cannot be read is a finding', () => {
  const { findings } = parseQemuArguments(['-readconfig', 'c'], {
    directory: '/vm',
    allowed: [],
    readConfig: () => {
      throw new AppError('VP_FILE_READ', 'no such file', { hint: 'h', path: '/vm/c' });
    },
  });
  assert.deepEqual(findings, [
    {
      code: 'VP_FILE_READ',
      severity: 'error',
      message: '-readconfig: no such file',
      hint: 'h',
      path: '/vm/c',
    },
  ]);
});

const word = fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/);
const text = fc.string({ maxLength: 40 }).filter((value) => !/["\n\0]/.test(value));
const sections = fc.array(
  fc.record({ group: word, id: fc.option(word), pairs: fc.array(fc.tuple(word, text)) }),
);

test('what is written as a file is read again', () => {
  fc.assert(
    fc.property(sections, (written) => {
      const lines = written.flatMap(({ group, id, pairs }) => [
        id === null ? `[${group}]` : `[${group} "${id}"]`,
        ...pairs.map(([key, value]) => `  ${key} = "${value}"`),
      ]);
      const argument = { option: 'readconfig', value: 'c', text: '-readconfig c' };
      const read = parseConfigFile(lines.join('\n'), argument).map(({ value }) =>
        parseKeyValues(value, { impliedKey: null, flags: false }),
      );
      const expected = written.map(({ id, pairs }) => [
        ...(id === null ? [] : [{ key: 'id', value: id }]),
        ...pairs.map(([key, value]) => ({ key, value })),
      ]);
      assert.deepEqual(read, expected);
    }),
    { numRuns: rounds(100, 5000) },
  );
});

test('a file of many lines is read in time that grows with its size only', () => {
  const started = process.cpuUsage().user;
  const { paths } = parseWith('[drive]\nfile = "/a"\nformat = "raw"\n'.repeat(20_000));
  assert.equal(paths.length, 2);
  assert.ok(process.cpuUsage().user - started < 5_000_000, 'it took too long');
});
