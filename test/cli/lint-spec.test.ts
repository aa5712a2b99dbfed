import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, renameSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyProgram } from '../support/copy-program.ts';
import { makeTree, writeBelow } from '../support/host.ts';
import { lint, type Shown } from '../support/run-lint.ts';
import { run, runProvision } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';
import { needs } from '../support/tool.ts';

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
