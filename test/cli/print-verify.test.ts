import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printVerify } from '../../src/cli/print-verify.ts';
import type { CheckResult } from '../../src/verify/check.ts';

const base = { evidence: ['seen by'], hint: 'do that', seconds: 1 };
const results: readonly CheckResult[] = [
  { ...base, id: 'accounts', status: 'pass', summary: 'all there' },
  { ...base, id: 'kvm-unprivileged', status: 'fail', summary: 'no entry' },
  { ...base, id: 'device', status: 'warn', summary: 'hm', hint: '' },
  { ...base, id: 'launch', status: 'skip', summary: 'not root\u001b[31m', evidence: [] },
];

test('a line for each; what did not pass says why and what helps', () => {
  assert.equal(
    printVerify(results, false),
    `pass  accounts          all there
fail  kvm-unprivileged  no entry
      seen by
      hint: do that
warn  device            hm
      seen by
skip  launch            not root\\x1b[31m
      hint: do that

1 failed, 1 warned, 1 skipped, 1 passed
`,
  );
});

test('on a terminal the verdicts have colours', () => {
  const lines = printVerify(results, true).split('\n');
  assert.deepEqual(
    [lines[0], lines[1], lines[4], lines[6]].map((line) => line?.slice(0, 14)),
    [
      '\u001b[32mpass\u001b[39m',
      '\u001b[31mfail\u001b[39m',
      '\u001b[33mwarn\u001b[39m',
      '\u001b[36mskip\u001b[39m',
    ],
  );
});
