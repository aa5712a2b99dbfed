import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { knownOptions, takesArgument } from '../../../src/runtime/qemu-args/options.ts';
import { emulator } from '../../support/launcher.ts';
import { needsReleases, releaseRoot, runInRoot } from '../../support/release-root.ts';
import { rounds } from '../../support/scratch.ts';
import { needs, runTool, type ToolResult } from '../../support/tool.ts';

test('no option is listed twice', () => {
  assert.equal(new Set(knownOptions()).size, knownOptions().length);
});

type Run = (words: readonly string[]) => ToolResult;

const here: Run = ([program = '', ...words]) => runTool(program, words);

const emulatorOf = (architecture: string) => `/usr/bin/qemu-system-${architecture}`;
const others = ['i386', 'aarch64', 'ppc64', 's390x', 'riscv64'].map(emulatorOf);

for (const program of [emulator, ...others]) {
  test(`every option of ${program} -help is known`, needs(program), () =>
    assertHelpIsKnown(here, program),
  );
}

test('the emulator agrees which options take an argument', needs(emulator), () =>
  assertArity(here),
);

test('so does that of trixie', needsReleases('trixie'), (context) => {
  const there = enterTrixie(context);
  assertHelpIsKnown(there, emulator);
  assertArity(there);
});

function enterTrixie(context: TestContext): Run {
  const root = releaseRoot(context, 'trixie');
  return (words) => runInRoot(root, words);
}

function assertHelpIsKnown(run: Run, program: string): void {
  const { stdout } = run([program, '-help']);
  const names = [...stdout.matchAll(/^--?([A-Za-z][\w-]*)/gm)].map(([, name]) => name ?? '');
  assert.ok(names.length > 100, 'the help lists options');
  assert.deepEqual(
    names.filter((name) => takesArgument(name) === null),
    [],
  );
}

// A machine that does not exist ends the emulator once it has read its options.
const script = 'for o; do echo "== $o"; "$0" -M nosuch "-$o" 2>&1 </dev/null; done';

function assertArity(run: Run): void {
  // Each one is a start of QEMU.
  const some = ['drive', 'run-with', 'S', 'snapshot', 'chroot', 'no-hpet', 'async-teardown'];
  const options = [...new Set([...some, ...knownOptions()])].slice(0, rounds(some.length, 1000));
  const answers = run(['sh', '-c', script, emulator, ...options])
    .stdout.split(/^== /m)
    .slice(1);
  assert.equal(answers.length, options.length);
  for (const answer of answers) {
    const option = answer.slice(0, answer.indexOf('\n'));
    if (answer.includes('invalid option')) continue;
    assert.equal(takesArgument(option), answer.includes('requires an argument'), option);
  }
}
