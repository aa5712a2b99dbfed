import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeTree } from '../support/host.ts';
import { type Run, runProvision } from '../support/run-provision.ts';
import { isRoot, rootOnly } from '../support/scratch.ts';
import { runTool } from '../support/tool.ts';

const conf = 'etc/libvirt/qemu.conf';

interface Image {
  readonly root: string;
  readonly file: string;
  /** Runs `provision qemu-conf` on it; ROOT stands for its path in what is said. */
  readonly run: (...words: readonly string[]) => Run;
}

function makeImage(context: TestContext, text: string | Buffer | null): Image {
  const root = makeTree(context);
  const file = join(root, conf);
  mkdirSync(dirname(file), { recursive: true });
  if (text !== null) writeFileSync(file, text, { mode: 0o600 });
  const run = (...words: readonly string[]) => {
    const { exitCode, stdout, stderr } = runProvision('qemu-conf', '--root', root, ...words);
    const shorten = (said: string) => said.replaceAll(root, 'ROOT');
    return { exitCode, stdout: shorten(stdout), stderr: shorten(stderr) };
  };
  return { root, file, run };
}

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

test('the documents', (context) => {
  const { run } = makeImage(context, 'user = "qemu"\nmax_files = 9007199254740993\nnvram = []\n');
  const document = (...words: readonly string[]) => JSON.parse(run('--json', ...words).stdout);
  const user = { key: 'user', value: 'qemu', line: 1, type: 'string' };
  assert.deepEqual(document('show'), {
    version: 1,
    entries: [
      user,
      { key: 'max_files', value: '9007199254740993', line: 2, type: 'integer' },
      { key: 'nvram', value: [], line: 3, type: 'list' },
    ],
    findings: [
      {
        code: 'VP_QEMU_CONF_VALUE',
        severity: 'error',
        message: "value for 'max_files' parameter must be in range 0:4294967295",
        hint: 'write a whole number without quotes',
        path: `ROOT/${conf}`,
        line: 2,
      },
    ],
  });
  assert.deepEqual(document('lint').findings, document('show').findings);
  assert.deepEqual(document('get', 'user'), { version: 1, ...user });
  assert.deepEqual(document('get', 'group'), { version: 1, key: 'group', value: null });
  const file = `ROOT/${conf}`;
  const after = { ...user, value: 'q' };
  const rest = { file, key: 'user', findings: [] };
  assert.deepEqual(document('set', 'user', 'q'), {
    version: 1,
    ...rest,
    changed: true,
    before: user,
    after,
  });
  assert.deepEqual(document('set', 'user', 'q'), {
    version: 1,
    ...rest,
    changed: false,
    before: after,
    after,
  });
  assert.deepEqual(document('unset', 'user').after, null);
});

test('a syntax error as a document has its line', (context) => {
  const { exitCode, stdout } = makeImage(context, '\n\nuser = x\n').run('--json', 'show');
  assert.equal(exitCode, 3);
  const { code, line, path } = JSON.parse(stdout).error;
  assert.deepEqual([code, line, path], ['VP_QEMU_CONF_SYNTAX', 3, `ROOT/${conf}`]);
});

test('a file that already says so is not touched', (context) => {
  const { file, run } = makeImage(context, 'user = "q"\n');
  const { ino, mtimeMs } = statSync(file);
  assert.equal(run('set', 'user', 'q').exitCode, 0);
  assert.equal(run('unset', 'group').exitCode, 0);
  const now = statSync(file);
  assert.deepEqual([now.ino, now.mtimeMs], [ino, mtimeMs]);
});

test('owner, mode, access list and attributes stay', rootOnly, (context) => {
  const { file, run } = makeImage(context, 'user = "a"\n');
  chownSync(file, 12345, 23456);
  chmodSync(file, 0o640);
  assert.equal(runTool('setfacl', ['-m', 'u:34567:r', file]).status, 0);
  assert.equal(runTool('setfattr', ['-n', 'user.note', '-v', 'x', file]).status, 0);
  const words = [
    '-c',
    'getfacl -pn "$0"; getfattr -d -m - --absolute-names "$0"; stat -c %a:%u:%g "$0"',
  ];
  const before = runTool('sh', [...words, file]).stdout;
  assert.match(before, /user:34567:r--.*user\.note="x".*640:12345:23456/s);
  assert.equal(run('set', 'user', 'b').exitCode, 0);
  assert.equal(readFileSync(file, 'utf8'), 'user = "b"\n');
  assert.equal(runTool('sh', [...words, file]).stdout, before);
});

test('what is no file is refused, and nothing is written through it', (context) => {
  const { root, file, run } = makeImage(context, null);
  const victim = join(root, 'victim');
  writeFileSync(victim, 'user = "a"\n');
  symlinkSync(victim, file);
  for (const [verb, words] of [
    ['read', ['show']],
    ['read', ['get', 'user']],
    ['read', ['lint']],
    ['write through', ['set', 'user', 'b']],
    ['write through', ['unset', 'user']],
  ] as const) {
    const { exitCode, stderr } = run(...words);
    assert.equal(exitCode, 1);
    const [first] = stderr.split('\n');
    const place = 'ROOT/etc/libvirt/qemu.conf';
    assert.equal(first, `provision: error: cannot ${verb} ${place}: it is a symbolic link`);
  }
  assert.equal(readFileSync(victim, 'utf8'), 'user = "a"\n');
});

test('a directory or a pipe in its place is refused and hangs nothing', (context) => {
  const directory = makeImage(context, null);
  mkdirSync(directory.file);
  assert.match(directory.run('set', 'user', 'b').stderr, /it is a directory\n/);
  const pipe = makeImage(context, null);
  assert.equal(runTool('mkfifo', [pipe.file]).status, 0);
  assert.match(pipe.run('get', 'user').stderr, /it is a fifo\n/);
});

test('without a file there is nothing to read, unset has nothing to do, and set makes one', (context) => {
  const { root, file, run } = makeImage(context, null);
  for (const words of [['show'], ['get', 'user'], ['lint']]) {
    const { exitCode, stdout, stderr } = run(...words);
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(
      stderr,
      /^provision: error: cannot read ROOT\/etc\/libvirt\/qemu\.conf: no such file or directory\n/,
    );
  }
  assert.equal(run('unset', 'user').exitCode, 0);
  assert.equal(run('set', 'user', 'q', '--dry-run').exitCode, 0);
  assert.deepEqual(readdirSync(join(root, 'etc/libvirt')), []);
  assert.equal(run('set', 'user', 'q').exitCode, 0);
  assert.equal(readFileSync(file, 'utf8'), 'user = "q"\n');
  const { mode, uid } = statSync(file);
  assert.deepEqual([mode & 0o7777, uid], [0o600, process.getuid?.()]);
});

test('no file is made where there is no directory, or others can write in it', (context) => {
  const { root, run } = makeImage(context, null);
  chmodSync(join(root, 'etc/libvirt'), 0o777);
  const open = run('set', 'user', 'q');
  assert.equal(open.exitCode, 1);
  assert.match(
    open.stderr,
    /^provision: error: cannot write ROOT\/etc\/libvirt\/qemu\.conf: others can write in ROOT\/etc\/libvirt\n/,
  );
  const none = run('set', 'user', 'q', '--file', '/etc/other/qemu.conf');
  assert.equal(none.exitCode, 1);
  assert.match(
    none.stderr,
    /cannot write ROOT\/etc\/other\/qemu\.conf: its directory does not exist\n/,
  );
  assert.deepEqual(readdirSync(join(root, 'etc')), ['libvirt']);
});

test('--file is a path as the root sees it', (context) => {
  const { root, run } = makeImage(context, 'user = "default"\n');
  const other = join(root, 'etc/libvirt/other.conf');
  writeFileSync(other, 'user = "other"\n');
  assert.equal(run('get', 'user', '--file', '/etc/libvirt/other.conf').stdout, 'other\n');
  assert.equal(run('--file', '/../../etc/libvirt/other.conf', 'get', 'user').stdout, 'other\n');
  const { stdout } = runProvision('qemu-conf', 'get', 'user', '--file', other);
  assert.equal(stdout, 'other\n');
  const relative = run('get', 'user', '--file', 'qemu.conf');
  assert.equal(relative.exitCode, 2);
  assert.match(
    relative.stderr,
    /^provision: error: 'qemu\.conf' is relative, and --root is ROOT\n/,
  );
  assert.equal(run('get', 'user', '--file', '').exitCode, 2);
});

test('a link of the image leads nowhere outside', (context) => {
  const { root, run } = makeImage(context, null);
  symlinkSync('/etc', join(root, 'etc/host'));
  const { exitCode, stderr } = run('get', 'ID', '--file', '/etc/host/os-release');
  assert.equal(exitCode, 1);
  assert.match(stderr, /cannot read ROOT\/etc\/host\/os-release: no such file or directory\n/);
});

test('bytes that are no UTF-8 stay as they are, and no other encoding comes in', (context) => {
  const before = Buffer.from('# \xe9\nvnc_password = "\xe9"\nuser = "a"\n', 'latin1');
  const { file, run } = makeImage(context, before);
  const refused = run('set', 'vnc_password', 'é');
  assert.equal(refused.exitCode, 3);
  assert.match(
    refused.stderr,
    /^provision: error: cannot set 'vnc_password': the value is not ASCII, and the file is not UTF-8\n/,
  );
  assert.deepEqual(readFileSync(file), before);
  assert.equal(run('set', 'user', 'b').exitCode, 0);
  const after = before.toString('latin1').replace('"a"', '"b"');
  assert.equal(readFileSync(file, 'latin1'), after);
});

test('a plain user is told what is missing', {
  skip: isRoot ? false : 'needs root to become somebody else',
}, (context) => {
  const { root } = makeImage(context, 'user = "a"\n');
  for (const path of ['', 'etc', 'etc/libvirt']) chmodSync(join(root, path), 0o755);
  const words = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];
  const program = join(import.meta.dirname, '../../../dist/provision.mjs');
  const { status, stderr } = runTool('setpriv', [
    ...words,
    program,
    'qemu-conf',
    '--root',
    root,
    'show',
  ]);
  assert.equal(status, 4);
  assert.match(
    stderr,
    /^provision: error: cannot read .*qemu\.conf: permission denied\nprovision: hint: run it as root\n$/,
  );
});
