import type { CheckResult, CheckStatus } from './check.ts';

/** The document of `verify --json`. Pure. */
export function verifyDocument(results: readonly CheckResult[], isStrict: boolean): object {
  return {
    ok: exitStatusOf(results, isStrict) === 0,
    checks: results.map(({ id, status, summary, evidence, hint }) => {
      return { id, status, summary, evidence: evidence.join('\n'), hint };
    }),
  };
}

/** 3 when a check failed; when one was skipped and skips count, 4: something that it needs is missing. */
export function exitStatusOf(results: readonly CheckResult[], isStrict: boolean): 0 | 3 | 4 {
  if (countOf(results, 'fail') > 0) return 3;
  return isStrict && countOf(results, 'skip') > 0 ? 4 : 0;
}

export function countOf(results: readonly CheckResult[], wanted: CheckStatus): number {
  return results.filter(({ status }) => status === wanted).length;
}
