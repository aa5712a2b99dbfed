import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError, describeError, exitCodeOf, exitCodes, messageLine } from '../src/errors.ts';
import { projectRoot } from './support/scratch.ts';

test('docs/exit-codes.md lists every code with the statuses of the table', () => {
  const text = readFileSync(join(projectRoot, 'docs/exit-codes.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(VP_[A-Z_]+)` \| (\d+) \| (\d+) \| \S.* \|$/gm)];
  const documented = rows.map(([, code, provision, launch]) => {
    return [code, [Number(provision), Number(launch)]];
  });
  assert.deepEqual(Object.fromEntries(documented), exitCodes);
});

test('an error becomes message and hints on stderr, one line each', () => {
  const error = new AppError('VP_PATH_MISSING', '/x is not there', { hint: 'make it\nor not' });
  const report = describeError(error, 'qemu-launch', { json: false, journal: false });
  assert.deepEqual(report, {
    stdout: '',
    stderr:
      'qemu-launch: error: /x is not there\nqemu-launch: hint: make it\nqemu-launch: hint: or not\n',
    exitCode: 125,
  });
});

test('with json the error is one document on stdout', () => {
  const error = new AppError('VP_POLICY_SYNTAX', 'bad', { hint: 'mend it', path: '/p', line: 3 });
  const { stdout, exitCode } = describeError(error, 'provision', { json: true, journal: false });
  assert.deepEqual(JSON.parse(stdout), {
    version: 1,
    error: { code: 'VP_POLICY_SYNTAX', message: 'bad', hint: 'mend it', path: '/p', line: 3 },
  });
  assert.equal(exitCode, 1);
});

test('under systemd the lines bear priorities', () => {
  assert.equal(messageLine('provision', 'error', 'x', true), '<3>provision: error: x\n');
  assert.equal(messageLine('provision', 'warning', 'x', true), '<4>provision: warning: x\n');
});

test('control characters of a file name never reach the terminal', () => {
  assert.equal(
    messageLine('qemu-launch', 'error', 'a\u001b[31m\nb\u009b', false),
    'qemu-launch: error: a\\x1b[31m\\x0ab\\x9b\n',
  );
});

test('what nobody foresaw is internal, keeps its cause and is not mistaken for a refusal', () => {
  const report = describeError(new TypeError('oops'), 'provision', { json: false, journal: false });
  assert.match(report.stderr, /^provision: error: internal error: oops\n/);
  assert.equal(exitCodeOf(new TypeError('oops'), 'provision'), 1);
  assert.equal(exitCodeOf('text', 'qemu-launch'), 125);
});
