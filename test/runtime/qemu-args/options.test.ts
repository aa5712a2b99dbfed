import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownOptions, takesArgument } from '../../../src/runtime/qemu-args/options.ts';
import { emulator } from '../../support/launcher.ts';
import { rounds } from '../../support/scratch.ts';
import { needs, runTool } from '../../support/tool.ts';

test('no option is listed twice', () => {
  assert.equal(new Set(knownOptions()).size, knownOptions().length);
});

test('every option of the emulator’s own help is known', needs(emulator), () => {
  const { stdout } = runTool(emulator, ['-help']);
  const names = [...stdout.matchAll(/^--?([A-Za-z][\w-]*)/gm)].map(([, name]) => name ?? '');
  assert.ok(names.length > 100, 'the help lists options');
  assert.deepEqual(
    names.filter((name) => takesArgument(name) === null),
    [],
  );
});

/** What the emulator says to the option as its last word; null: it does not know it. */
function askEmulator(option: string): boolean | null {
  // A machine that does not exist ends the emulator once it has read its options.
  const { stderr } = runTool(emulator, ['-M', 'nosuch', `-${option}`]);
  if (stderr.includes('invalid option')) return null;
  return stderr.includes('requires an argument');
}

test('the emulator agrees which options take an argument', needs(emulator), () => {
  // Each one is a start of QEMU.
  const some = ['drive', 'run-with', 'S', 'snapshot', 'chroot', 'no-hpet', 'async-teardown'];
  for (const option of [...some, ...knownOptions()].slice(0, rounds(some.length, Infinity))) {
    const answer = askEmulator(option);
    if (answer !== null) assert.equal(takesArgument(option), answer, option);
  }
});
