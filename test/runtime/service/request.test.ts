import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../../support/launcher.ts';

const wrong: readonly (readonly [string, string])[] = [
  ['adopt', 'adopt wants --pid PID, the number of a process'],
  ['adopt web', 'adopt wants --pid PID, the number of a process'],
  ['adopt --pid 5', 'adopt wants one NAME'],
  ['adopt web db --pid 5', 'adopt wants one NAME'],
  ['adopt web --pid 0', 'adopt wants --pid PID, the number of a process'],
  ['adopt web --pid 5x', 'adopt wants --pid PID, the number of a process'],
  ['adopt web --pid 4194305', 'adopt wants --pid PID, the number of a process'],
  ['adopt web --timeout 5', "unknown option '--timeout'"],
  ['stop', 'stop wants one NAME'],
  ['stop web --pid 5', "unknown option '--pid'"],
  ['stop web --timeout -1', "option '--timeout' argument is ambiguous."],
  ['stop web --timeout 1.5', '--timeout wants seconds, 0 to 86400'],
  ['stop web --timeout 86401', '--timeout wants seconds, 0 to 86400'],
  ['prepare', 'no `--` before the emulator'],
  ['prepare --', 'no emulator after `--`'],
];

for (const [words, message] of wrong) {
  test(`usage: ${words}`, () => {
    const { status, stdout, stderr } = call(words.split(' '));
    assert.deepEqual([status, stdout], [2, '']);
    assert.ok(stderr.startsWith(`qemu-launch: error: ${message}\n`), stderr);
  });
}

test('a name that is none', () => {
  const { status, stderr } = call(['stop', '../web']);
  assert.equal(status, 1);
  assert.match(stderr, /VM name|name/);
});

for (const command of ['prepare', 'adopt', 'stop']) {
  test(`${command} --help is the help of all`, () => {
    assert.deepEqual(call([command, '--help']), call(['--help']));
  });
}
