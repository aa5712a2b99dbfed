import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { conf, makeImage } from '../support/qemu-conf-image.ts';
import { runProvision } from '../support/run-provision.ts';

const sample = '# c\nuser = "qemu" # why\nnvram = [ "/a:/b",\n "/c" ]\nmax_files=5;user = "two"\n';

interface Case {
  readonly name: string;
  readonly text: string | Buffer;
  readonly words: readonly string[];
  readonly exitCode: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** What the file says afterwards; as before when it is not given. */
  readonly after?: string;
}

const set = (key: string) => `provision: info: set '${key}' in ROOT/${conf}\n`;
const same = (key: string) => `provision: info: nothing to do: '${key}' is so in ROOT/${conf}\n`;
const duplicate =
  "ROOT/etc/libvirt/qemu.conf:5: warning: 'user' is set a second time: libvirt uses line 2 and ignores this one\n  hint: remove one of the two\n0 errors, 1 warnings, 0 remarks\n";

const cases: readonly Case[] = [
  { name: 'show an empty file', text: '', words: ['show'], exitCode: 0 },
  {
    name: 'show',
    text: sample,
    words: ['show'],
    exitCode: 0,
    stdout: '2: user = "qemu"\n3: nvram = [ "/a:/b", "/c" ]\n5: max_files = 5\n5: user = "two"\n',
    stderr: duplicate,
  },
  {
    name: 'show obeys no escape sequence',
    text: 'vnc_password = "\u001b[31m"\n',
    words: ['show'],
    exitCode: 0,
    stdout: '1: vnc_password = "\\x1b[31m"\n',
  },
  { name: 'get a string', text: sample, words: ['get', 'user'], exitCode: 0, stdout: 'qemu\n' },
  { name: 'get a number', text: sample, words: ['get', 'max_files'], exitCode: 0, stdout: '5\n' },
  { name: 'get a list', text: sample, words: ['get', 'nvram'], exitCode: 0, stdout: '/a:/b\n/c\n' },
  {
    name: 'get what is not set',
    text: '#group = "x"\n',
    words: ['get', 'group'],
    exitCode: 3,
    stderr: `provision: info: 'group' is not set in ROOT/${conf}\n`,
  },
  {
    name: 'get from a file that libvirt refuses',
    text: 'user = qemu\n',
    words: ['get', 'user'],
    exitCode: 3,
    stderr: `provision: error: configuration file syntax error: ROOT/${conf}:1: expecting a value\nprovision: hint: libvirt refuses this file too; a value is "text", a number, or a [list] of them\n`,
  },
  { name: 'lint finds something', text: sample, words: ['lint'], exitCode: 3, stdout: duplicate },
  {
    name: 'lint finds nothing',
    text: 'user = "qemu"\n',
    words: ['lint'],
    exitCode: 0,
    stdout: 'no findings\n',
  },
  {
    name: 'lint a file that libvirt refuses',
    text: '\nuser\n',
    words: ['lint'],
    exitCode: 3,
    stdout: `ROOT/${conf}:2: error: configuration file syntax error: ROOT/${conf}:2: expecting an assignment\n  hint: libvirt refuses this file too; a value is "text", a number, or a [list] of them\n1 errors, 0 warnings, 0 remarks\n`,
  },
  {
    name: 'set in place',
    text: sample,
    words: ['set', 'user', 'libvirt-qemu'],
    exitCode: 0,
    stderr: set('user'),
    after:
      '# c\nuser = "libvirt-qemu" # why\nnvram = [ "/a:/b",\n "/c" ]\nmax_files=5;\n# commented out: libvirt uses the first \'user\' only\n#user = "two"\n',
  },
  {
    name: 'set what is set',
    text: "user = 'q'\n",
    words: ['set', 'user', 'q'],
    exitCode: 0,
    stderr: same('user'),
  },
  {
    name: 'set a list by words',
    text: '',
    words: ['set', 'nvram', '/a:/b', '/c'],
    exitCode: 0,
    stderr: set('nvram'),
    after: 'nvram = [ "/a:/b", "/c" ]\n',
  },
  {
    name: 'set a list in the form of the file',
    text: 'nvram = [ "x" ]\n',
    words: ['set', 'nvram', '[ \'/a\', "/b", ]'],
    exitCode: 0,
    stderr: set('nvram'),
    after: 'nvram = [ "/a", "/b" ]\n',
  },
  {
    name: 'set an empty list',
    text: 'nvram = [ "x" ]\n',
    words: ['set', 'nvram', '[]'],
    exitCode: 0,
    stderr: set('nvram'),
    after: 'nvram = []\n',
  },
  {
    name: 'set a string of digits, and a core size',
    text: '',
    words: ['set', 'user', '107'],
    exitCode: 0,
    stderr: set('user'),
    after: 'user = "107"\n',
  },
  {
    name: 'set max_core to a word',
    text: 'max_core = 5\n',
    words: ['set', 'max_core', 'unlimited'],
    exitCode: 0,
    stderr: set('max_core'),
    after: 'max_core = "unlimited"\n',
  },
  {
    name: 'set root, with a warning',
    text: 'user = "q"\n',
    words: ['set', 'user', 'root'],
    exitCode: 0,
    stderr: `provision: warning: QEMU runs with root's rights: user is root\nprovision: hint: name an account that has no rights\n${set('user')}`,
    after: 'user = "root"\n',
  },
  {
    name: 'set an unknown key by force',
    text: '',
    words: ['set', 'of_tomorrow', '5', '--force'],
    exitCode: 0,
    stderr: `provision: warning: libvirt knows no key 'of_tomorrow' and ignores it\nprovision: hint: remove it\n${set('of_tomorrow')}`,
    after: 'of_tomorrow = 5\n',
  },
  {
    name: 'set, dry run with a diff',
    text: 'user = "a"\n',
    words: ['set', 'user', 'b', '--dry-run', '--diff'],
    exitCode: 0,
    stdout: `--- a/${conf}\n+++ b/${conf}\n@@ -1,1 +1,1 @@\n-user = "a"\n+user = "b"\n`,
    stderr: `provision: info: would set 'user' in ROOT/${conf}\n`,
  },
  {
    name: 'unset',
    text: 'user = "a"\n user = "b"\ngroup = "c"',
    words: ['unset', 'user'],
    exitCode: 0,
    stderr: `provision: info: unset 'user' in ROOT/${conf}\n`,
    after:
      '# commented out: \'user\' was unset\n#user = "a"\n# commented out: \'user\' was unset\n# user = "b"\ngroup = "c"',
  },
  {
    name: 'unset what is not set',
    text: '#user = "a"\n',
    words: ['unset', 'user'],
    exitCode: 0,
    stderr: same('user'),
  },
  ...(
    [
      ['usr', ['x'], 3, "libvirt knows no key 'usr'", "did you mean 'user'?"],
      ['user', ['+-1'], 3, "cannot set 'user': '+-1' is none of its values"],
      ['user', ['a', 'b'], 2, "'user' takes one value, not 2"],
      [
        'vnc_password',
        ['a"b'],
        3,
        "qemu.conf cannot hold a quotation mark or a control character for 'vnc_password'",
      ],
      [
        'vnc_password',
        ['a\nb'],
        3,
        "qemu.conf cannot hold a quotation mark or a control character for 'vnc_password'",
      ],
      ['max_files', ['many'], 3, "cannot set 'max_files': 'many' is no whole number"],
      [
        'dynamic_ownership',
        ['2'],
        3,
        "cannot set 'dynamic_ownership': value for 'dynamic_ownership' parameter must be 0 or 1",
      ],
      ['stdio_handler', ['syslog'], 3, "cannot set 'stdio_handler': Unknown stdio handler syslog"],
      [
        'security_driver',
        ['dac'],
        3,
        "cannot set 'security_driver': Security driver dac not found",
      ],
      ['nvram', ['[ 1 ]'], 3, "cannot set 'nvram': [ 1 ] is no list of strings"],
      [
        'nvram',
        ['[ "a" ]; user = "root"'],
        3,
        'cannot set \'nvram\': [ "a" ]; user = "root" is no list of strings',
      ],
      ['a-b', ['x'], 2, "'a-b' cannot be a key of qemu.conf"],
    ] as const
  ).map(([key, values, exitCode, message]) => ({
    name: `set ${key} ${JSON.stringify(values)} is refused`,
    text: '# c\n',
    words: ['set', key, ...values],
    exitCode,
    stderr: `provision: error: ${message}\n`,
  })),
];

for (const { name, text, words, exitCode, stdout = '', stderr = '', after } of cases) {
  test(name, (context) => {
    const image = makeImage(context, text);
    const said = image.run(...words);
    const isRefusal = stderr.startsWith('provision: error') && !stderr.includes('hint');
    const error = isRefusal ? `${said.stderr.split('\n')[0]}\n` : said.stderr;
    assert.deepEqual({ ...said, stderr: error }, { exitCode, stdout, stderr });
    assert.equal(readFileSync(image.file, 'utf8'), after ?? text);
    assert.deepEqual(readdirSync(dirname(image.file)), ['qemu.conf']);
  });
}

for (const command of ['', 'show', 'get', 'set', 'unset', 'lint']) {
  test(`--help of qemu-conf ${command} shows an example first`, () => {
    const { exitCode, stdout } = runProvision(
      'qemu-conf',
      ...(command === '' ? [] : [command]),
      '--help',
    );
    assert.equal(exitCode, 0);
    assert.match(stdout, new RegExp(`^Example:\\n {2}provision qemu-conf ${command || 'get'}`));
    assert.match(stdout, /--file <file>/);
  });
}
