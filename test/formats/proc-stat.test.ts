import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isKernelThread, parseProcStat } from '../../src/formats/proc-stat.ts';

const rest = '1 2 2 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1000 5 18446744073709551615';

for (const [name, text] of [
  ['a plain name', `42 (qemu) S ${rest}`],
  ['a name with spaces and parentheses', `42 (a) R 1 (b) c) S ${rest}`],
  ['a name that holds a line break', `42 (a\n) R 9) S ${rest}\n`],
] as const) {
  test(`state and start time after ${name}`, () => {
    assert.deepEqual(parseProcStat(text), { state: 'S', startTime: '987654321' });
  });
}

test('the text of this very process', () => {
  const { state, startTime } = parseProcStat(readFileSync('/proc/self/stat', 'utf8'));
  assert.equal(state, 'R');
  assert.match(startTime, /^[1-9]\d*$/);
});

for (const text of ['', '42 (qemu', '42 (qemu) S 1 2', `42 qemu S ${rest}`, '42 (qemu) S']) {
  test(`malformed: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseProcStat(text), {
      code: 'VP_INTERNAL',
      message: 'no state and start time in this text of /proc/PID/stat',
    });
  });
}

test('a thread of the kernel by its flags', () => {
  // Both from a real /proc: kthreadd and a shell.
  assert.equal(isKernelThread('2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0'), true);
  assert.equal(isKernelThread('9 (a) S 1 (sh) S 0 0 0 0 -1 4194560 0 0 0 0 0'), false);
  assert.equal(isKernelThread(readFileSync('/proc/self/stat', 'utf8')), false);
});
