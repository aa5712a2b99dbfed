import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printFindings } from '../../src/cli/print-findings.ts';
import type { Finding } from '../../src/errors.ts';

const base: Finding = { code: 'VP_LINT_MODE', severity: 'error', message: 'bad', hint: '' };

const rows: readonly (readonly [readonly Finding[], string])[] = [
  [[], 'no findings\n'],
  [[base], 'error: bad\n1 errors, 0 warnings, 0 remarks\n'],
  [
    [{ ...base, path: '/x', line: 3, column: 5, hint: 'a\nb' }],
    '/x:3:5: error: bad\n  hint: a\n  hint: b\n1 errors, 0 warnings, 0 remarks\n',
  ],
  [
    [
      { ...base, path: '/a\u001b[2J', severity: 'warning', message: 'b\u0007' },
      { ...base, severity: 'info' },
    ],
    '/a\\x1b[2J: warning: b\\x07\ninfo: bad\n0 errors, 1 warnings, 1 remarks\n',
  ],
];

for (const [findings, text] of rows) {
  test(JSON.stringify(text), () => assert.equal(printFindings(findings, false), text));
}

test('on a terminal the severity has a colour', () => {
  assert.ok(printFindings([base], true).startsWith('\u001b[31merror\u001b[39m: bad\n'));
});
