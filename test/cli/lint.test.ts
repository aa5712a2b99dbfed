import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { copyProgram } from '../support/copy-program.ts';
import { makeTree, writeBelow } from '../support/host.ts';
import { targets } from '../support/provision.ts';
import { run, runProvision } from '../support/run-provision.ts';
import { rootOnly, rounds } from '../support/scratch.ts';
import { needs } from '../support/tool.ts';

const good = 'KERNEL=="kvm", GROUP="kvm", MODE="0666"\n';
const systemd = 'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"\n';
const fedora = {
  'etc/os-release': 'ID=fedora\nVERSION_ID=44\n',
  'etc/passwd': 'root:x:0:0::/:/bin/sh\n',
  'etc/group': 'root:x:0:\nkvm:x:36:\n',
  'usr/lib/udev/rules.d/50-udev-default.rules': systemd,
  'usr/lib/tmpfiles.d/static-nodes-permissions.conf': 'z /dev/kvm 0666 - kvm -\n',
};

interface Shown {
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

function lint(...words: readonly string[]) {
  const { exitCode, stdout, stderr } = runProvision('lint', '--json', ...words);
  const { version, findings, error } = JSON.parse(stdout);
  return { exitCode, stderr, version, error, findings: (findings ?? []) as readonly Shown[] };
}

/** Without what the tools of this machine say, or cannot. */
function own(findings: readonly Shown[]): readonly Shown[] {
  const isTool = ({ code }: Shown) => code === 'VP_LINT_TOOL' || code === 'VP_LINT_NOT_RUN';
  return findings.filter((finding) => !isTool(finding));
}

function show({ path, line, column, severity, code }: Shown): string {
  const place = [path?.split('/').at(-1), line, column].filter((part) => part !== undefined);
  return `${place.join(':')} ${severity} ${code}`;
}

function lintText(context: TestContext, name: string, text: string, ...words: readonly string[]) {
  const tree = makeTree(context, { [name]: text });
  return lint('--target', 'fedora-44', '--root', tree, ...words, join(tree, name));
}

const kinds: readonly (readonly [string, string, readonly string[]])[] = [
  ['60-x.rules', 'MODE="0999"\n', ['60-x.rules:1 error VP_LINT_MODE']],
  ['x.udev', 'MODE="0999"\n', ['x.udev:1 error VP_LINT_MODE']],
  ['x.sysusers', 'u a 65535\n', ['x.sysusers:1 error VP_LINT_ACCOUNT']],
  ['sysusers.d/x.conf', 'u a 65535\n', ['x.conf:1 error VP_LINT_ACCOUNT']],
  ['zz.tmpfiles', 'z /x 0999\n', ['zz.tmpfiles:1 error VP_LINT_MODE']],
  ['tmpfiles.d/zz.conf', 'z /x 0999\n', ['zz.conf:1 error VP_LINT_MODE']],
  ['qemu.conf', 'user = "a"\ngroup = qemu\n', ['qemu.conf:2 error VP_QEMU_CONF_SYNTAX']],
  ['policy.yaml', 'kvm:\n  mode: 666\n', ['policy.yaml:2:9 error VP_POLICY_INVALID']],
  ['policy.yaml', 'kvm: [\n', ['policy.yaml:2:1 error VP_POLICY_SYNTAX']],
  ['policy.yaml', 'user: {comment: "2>3/x"}\n', ['policy.yaml:1:17 error VP_POLICY_INVALID']],
];

for (const [name, text, expected] of kinds) {
  test(`${name}: ${JSON.stringify(text)}`, (context) => {
    const { exitCode, version, findings, stderr } = lintText(context, name, text);
    assert.deepEqual(own(findings).map(show), expected);
    assert.deepEqual([exitCode, version, stderr], [3, 1, '']);
  });
}

test('what is right has no finding that counts, and exits 0', (context) => {
  const tree = makeTree(context, { ...fedora, '60-x.rules': good });
  const { exitCode, findings } = lint('--root', tree, join(tree, '60-x.rules'));
  assert.deepEqual([exitCode, own(findings)], [0, []]);
});

test('for people: lines on stdout with hints beneath', (context) => {
  const tree = makeTree(context, { 'zz.tmpfiles': 'z x\n' });
  const file = join(tree, 'zz.tmpfiles');
  const { exitCode, stdout, stderr } = runProvision(
    'lint',
    '--target',
    'fedora-44',
    '--root',
    tree,
    file,
  );
  assert.deepEqual([exitCode, stderr], [3, '']);
  assert.ok(
    stdout.startsWith(`${file}:1: error: the path x is not absolute\n  hint: see tmpfiles.d(5)\n`),
  );
});

test('a file that is not there is said to be so, whatever its name', (context) => {
  const path = join(makeTree(context), 'nosuch');
  const { exitCode, error } = lint('--target', 'fedora-44', path);
  assert.equal(exitCode, 1);
  assert.equal(error.code, 'VP_FILE_READ');
  assert.equal(error.message, `cannot read ${path}: no such file or directory`);
});

test('a file of an unknown kind is a matter of usage', (context) => {
  const path = join(makeTree(context, { 'x.txt': '' }), 'x.txt');
  const { exitCode, error } = lint('--target', 'fedora-44', path);
  assert.equal(exitCode, 2);
  assert.equal(error.code, 'VP_USAGE');
  assert.equal(error.message, `cannot tell what kind of file ${path} is`);
  assert.match(error.hint, /^by its name: \*\.rules, /);
});

for (const [name, message] of [
  ['absent.rules', 'no such file or directory'],
  ['directory.rules', 'no such file or directory'],
] as const) {
  test(`a file that cannot be read: ${name}`, (context) => {
    const tree = makeTree(context, { 'directory.rules/x': '' });
    const { exitCode, error } = lint('--target', 'fedora-44', join(tree, name));
    assert.equal(exitCode, 1);
    assert.equal(error.code, 'VP_FILE_READ');
    assert.ok(error.message.endsWith(message), error.message);
  });
}

test('a file that is too large for configuration', (context) => {
  const { exitCode, error } = lintText(context, 'x.rules', `#${'x'.repeat(1024 * 1024)}`);
  assert.equal(exitCode, 1);
  assert.ok(error.message.endsWith('x.rules: larger than 1 MiB'), error.message);
});

test('a file together with what the root has: accounts, and rules that win', (context) => {
  const tree = makeTree(context, {
    ...fedora,
    'etc/udev/rules.d/99-kvm4all.rules': 'KERNEL=="kvm", MODE="0660"\n',
    '60-x.rules': good,
    'x.sysusers': 'g qemu 36\nu qemu 107:qemu\n',
  });
  const { exitCode, findings } = lint(
    '--root',
    tree,
    join(tree, '60-x.rules'),
    join(tree, 'x.sysusers'),
  );
  assert.equal(exitCode, 3);
  assert.deepEqual(
    own(findings).map(({ message }) => message),
    [
      'gid 36 belongs to group kvm: qemu gets another one, and systemd-sysusers exits 0',
      `MODE="0666" for /dev/kvm is overridden by MODE="0660" in ${tree}/etc/udev/rules.d/99-kvm4all.rules:1`,
    ],
  );
});

test('a root of another release is not asked, and that is said', (context) => {
  const tree = makeTree(context, { ...fedora, 'x.sysusers': 'g qemu 36\n' });
  const { exitCode, findings } = lint(
    '--root',
    tree,
    '--target',
    'debian-12',
    join(tree, 'x.sysusers'),
  );
  assert.equal(exitCode, 0);
  const said = findings.find(({ message }) => message.includes('another release'));
  assert.equal(
    said?.message,
    `the accounts and files of ${tree} were not looked at: it has another release`,
  );
});

test('systemd-sysusers is asked with a copy', needs('systemd-sysusers'), (context) => {
  const { findings } = lintText(context, 'x.sysusers', 'g a 5\ng a 6\n');
  const said = findings.filter(({ code }) => code === 'VP_LINT_TOOL');
  assert.deepEqual(
    said.map(({ line, severity, message }) => [line, severity, message]),
    [
      [
        2,
        'warning',
        "systemd-sysusers: Conflict with earlier configuration for group 'a', ignoring line.",
      ],
    ],
  );
  assert.ok(said[0]?.path?.endsWith('/x.sysusers'));
});

test('no scratch copy is left', (context) => {
  lintText(context, 'x.sysusers', 'g a 5\n');
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith('virt-privileges-lint-'));
  assert.deepEqual(left, []);
});

test('a root as it is: what names kvm, and which counts', (context) => {
  const { exitCode, findings } = lint('--root', makeTree(context, fedora));
  assert.equal(exitCode, 0);
  assert.deepEqual(
    own(findings).map(({ severity, message }) => `${severity} ${message}`),
    [
      'info /dev/kvm gets GROUP="kvm", which counts',
      'info /dev/kvm gets MODE="0666", which counts',
      'info /dev/kvm gets mode 0666 and group kvm from systemd-tmpfiles, which counts',
    ],
  );
});

test('a root against its policy', (context) => {
  const tree = makeTree(context, {
    ...fedora,
    'etc/virt-privileges/policy.yaml': 'kvm: {access: group}\n',
    'etc/udev/rules.d/60-virt-privileges-kvm.rules': 'KERNEL=="kvm", GROUP="kvm",MODE="0660"\n',
  });
  const { exitCode, findings } = lint('--root', tree);
  assert.equal(exitCode, 3);
  assert.deepEqual(
    own(findings)
      .filter(({ severity }) => severity !== 'info')
      .map(show)
      .sort(),
    [
      '60-virt-privileges-kvm.rules:1 warning VP_LINT_STYLE',
      'static-nodes-permissions.conf:1 error VP_LINT_KVM',
    ],
  );
});

test('of other packages only what concerns the accounts of the policy', (context) => {
  const tree = makeTree(context, {
    ...fedora,
    'usr/lib/sysusers.d/a.conf': 'g web 5\ng qemu 108\n',
    'usr/lib/sysusers.d/b.conf': 'g web 6\ng qemu 107\n',
    'usr/lib/udev/rules.d/99-other.rules': 'nonsense\n',
  });
  const { exitCode, findings } = lint('--root', tree);
  assert.equal(exitCode, 3);
  assert.deepEqual(
    own(findings)
      .filter(({ severity }) => severity !== 'info')
      .map(show),
    ['b.conf:2 error VP_LINT_CONFLICT'],
  );
});

test('a broken policy of the root is a finding', (context) => {
  const tree = makeTree(context, { ...fedora, 'etc/virt-privileges/policy.yaml': 'nonsense: 1\n' });
  const { exitCode, findings } = lint('--root', tree);
  assert.equal(exitCode, 3);
  assert.ok(findings.map(show).includes('policy.yaml:1:1 error VP_POLICY_INVALID'));
});

test('this machine can be looked at, and nothing changes', () => {
  const { exitCode, error } = lint('--target', 'debian-12');
  assert.ok([0, 3].includes(exitCode ?? 1), error?.message);
});

function generate(context: TestContext, id: string): string {
  const out = join(makeTree(context), 'out');
  assert.equal(runProvision('generate', '--target', id, '--out', out).exitCode, 0);
  return out;
}

const some = ['fedora-41', 'fedora-44', 'debian-13'];
const all = [...targets.map(({ id }) => id), 'all'];
for (const id of rounds(0, 1) === 1 ? all : [...some, 'all']) {
  test(`what is generated for ${id} has no finding that counts`, (context) => {
    const { exitCode, findings } = lint(generate(context, id));
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'info'),
      [],
    );
    assert.equal(exitCode, 0);
  });
}

test('rpm reads the generated spec', needs('rpmspec'), (context) => {
  const out = generate(context, 'fedora-44');
  const { findings } = lint(out);
  const silent = findings.filter(({ message }) => /^rpm.* has not looked/.test(message));
  assert.deepEqual(
    silent.filter(({ message }) => message.startsWith('rpmspec')),
    [],
  );
  appendFileSync(join(out, 'virt-privileges-host.spec'), '%if 1\n');
  const broken = lint(out);
  assert.equal(broken.exitCode, 3);
  const said = broken.findings.map(({ severity, message }) => `${severity} ${message}`);
  assert.ok(said.includes('error rpmspec -P: Unclosed %if'), said.join('\n'));
  assert.ok(said.includes('warning the file is not as it was generated'), said.join('\n'));
});

const mark = '/virt-privileges-lint-mark';
const programs: readonly (readonly [string, string])[] = [
  ['%(…)', `%(touch @${mark})\n`],
  ['lua', `%{lua:os.execute("touch @${mark}")}\n`],
  ['a percent sign put together', `%global b (touch @${mark})\n%global c %%%{b}\nName: %c\n`],
];
for (const [name, text] of programs) {
  test(`a spec runs nothing while it is looked at: ${name}`, needs('rpmspec'), (context) => {
    const tree = makeTree(context);
    const rest = 'Version: 1\nRelease: 1\nSummary: x\nLicense: x\n%description\nx\n';
    writeBelow(tree, 'x.spec', text.replace('@', tmpdir()) + rest);
    const { exitCode, findings } = lint('--target', 'fedora-44', join(tree, 'x.spec'));
    assert.equal(existsSync(join(tmpdir(), mark)), false);
    assert.deepEqual([exitCode, findings.length], [0, 2]);
    for (const { message } of findings)
      assert.match(message, /would run a program while rpm reads it$/);
  });
}

// No filter of the text can find a program whose name is put together.
const rest = 'Name: x\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\n%description\nx\n';
const hidden = (code: string) => `%define n lua\n${rest}%{expand:%%{%n:${code}}}\n`;
const touch = `io.open("${tmpdir()}${mark}", "w"):close()`;
const refusal = 'rpm runs what its macros say, and somebody else can write it';

test('rpm is not asked about a spec of somebody else', rootOnly, (context) => {
  const tree = makeTree(context, { 'x.spec': hidden(touch) });
  chmodSync(tree, 0o755);
  chownSync(join(tree, 'x.spec'), 65533, 65533);
  const words = ['lint', '--json', '--target', 'fedora-44', join(tree, 'x.spec')];
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];
  for (const { exitCode, stdout } of [
    runProvision(...words),
    run('setpriv', [...user, copyProgram(context), ...words]),
  ]) {
    assert.equal(existsSync(join(tmpdir(), mark)), false);
    const { findings } = JSON.parse(stdout);
    assert.deepEqual(
      findings.map(({ severity, code, message }: Shown) => [severity, code, message]),
      ['rpmspec -P', 'rpmlint'].map((tool) => {
        return ['info', 'VP_LINT_NOT_RUN', `${tool} has not looked: ${refusal}`];
      }),
    );
    assert.equal(exitCode, 0);
  }
});

const vouched: readonly (readonly [string, number, boolean])[] = [
  ['the group of the user alone', 65534, true],
  ['another group', 65533, false],
];
for (const [name, gid, isAsked] of vouched) {
  const skip = needs('rpmspec').skip || rootOnly.skip;
  test(`a plain user's spec that ${name} can write`, { skip }, (context) => {
    const tree = makeTree(context, { 'x.spec': rest });
    const spec = join(tree, 'x.spec');
    for (const path of [tree, spec]) chownSync(path, 65534, gid);
    chmodSync(spec, 0o664);
    const user = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];
    const words = ['lint', '--json', '--target', 'fedora-44', spec];
    const { stdout } = run('setpriv', [...user, copyProgram(context), ...words]);
    const { findings } = JSON.parse(stdout);
    const said = findings.map(({ message }: Shown) => message);
    assert.equal(said.includes(`rpmspec -P has not looked: ${refusal}`), !isAsked, said.join());
    assert.equal(
      said.some((text: string) => text.startsWith('rpmspec -P')),
      !isAsked,
      said.join(),
    );
  });
}

const beside = '"%%{_sourcedir}/notes.txt"';
const tell = (mode: string) => {
  return `local f = io.open(rpm.expand(${beside}), "${mode}") error(f and "opened" or "refused")`;
};
const scratches: readonly (readonly [string, string, (notes: string) => void, string])[] = [
  ['read a file beside it', 'r', () => {}, 'opened'],
  ['write its copy', 'a', () => {}, 'refused'],
  ['read what a link leads to', 'r', linkElsewhere, 'refused'],
  ['read a file of somebody else', 'r', (notes) => chownSync(notes, 65533, 0), 'refused'],
];

function linkElsewhere(notes: string): void {
  renameSync(notes, `${notes}.real`);
  symlinkSync(`${notes}.real`, notes);
}

for (const [name, mode, prepare, expected] of scratches) {
  const skip = needs('rpmspec').skip || rootOnly.skip;
  test(`a macro of a spec of root's wants to ${name}: ${expected}`, { skip }, (context) => {
    const text = `Source0: notes.txt\n${hidden(tell(mode))}`;
    const tree = makeTree(context, { 'x.spec': text, 'notes.txt': 'x' });
    prepare(join(tree, 'notes.txt'));
    const { findings } = lint('--target', 'fedora-44', join(tree, 'x.spec'));
    const said = findings.find(({ message }) =>
      message.startsWith('rpmspec -P: lua script failed'),
    );
    assert.ok(said?.message.endsWith(expected), JSON.stringify(findings));
  });
}

test('a link in a generated directory cannot lead out of it', (context) => {
  const out = generate(context, 'fedora-44');
  const path = join(out, 'virt-privileges.sysusers');
  rmSync(path);
  symlinkSync('/etc/passwd', path);
  const { exitCode, error } = lint(out);
  assert.equal(exitCode, 1);
  assert.equal(error.message, `cannot read ${path}: it leads out of ${out}`);
});

test('--help shows an example first', () => {
  const { exitCode, stdout } = runProvision('lint', '--help');
  assert.equal(exitCode, 0);
  assert.match(stdout, /^Example:\n {2}provision lint /);
});

test('a manifest cannot lead out of its directory', (context) => {
  const out = generate(context, 'fedora-44');
  const file = join(out, 'manifest.json');
  for (const name of ['../../etc/passwd', '/etc/passwd', 'debian/../x', '..', 'debian/', '']) {
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    const [first] = manifest.files;
    writeFileSync(file, JSON.stringify({ ...manifest, files: [{ ...first, name }] }));
    const { exitCode, error } = lint(out);
    assert.equal(exitCode, 1);
    assert.equal(error.message, `cannot understand ${file}`);
  }
});
