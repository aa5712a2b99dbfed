import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckResult, CheckStatus } from '../../src/verify/check.ts';
import { exitStatusOf, verifyDocument } from '../../src/verify/verify-document.ts';

function resultsOf(...statuses: readonly CheckStatus[]): readonly CheckResult[] {
  const rest = {
    id: 'device',
    summary: 'sum',
    evidence: ['one', 'two'],
    hint: '',
    seconds: 1,
  } as const;
  return statuses.map((status) => ({ ...rest, status }));
}

for (const [statuses, plain, strict] of [
  [['pass'], 0, 0],
  [['pass', 'warn'], 0, 0],
  [['pass', 'skip'], 0, 4],
  [['pass', 'fail'], 3, 3],
  [['skip', 'fail'], 3, 3],
] as const) {
  test(`${statuses.join(' and ')}: exit status ${plain}, and ${strict} with --strict`, () => {
    const results = resultsOf(...statuses);
    assert.deepEqual([exitStatusOf(results, false), exitStatusOf(results, true)], [plain, strict]);
    for (const [isStrict, status] of [
      [false, plain],
      [true, strict],
    ] as const)
      assert.deepEqual((verifyDocument(results, isStrict) as { ok: boolean }).ok, status === 0);
  });
}

test('the document has what is promised, and nothing else', () => {
  assert.deepEqual(verifyDocument(resultsOf('pass'), false), {
    ok: true,
    checks: [{ id: 'device', status: 'pass', summary: 'sum', evidence: 'one\ntwo', hint: '' }],
  });
});
