import type { Audit, Verdict } from './judgement.ts';

/** The whole in one sentence: how many processes fail, warn and pass. Pure. */
export function describeCounts({ judgements }: Pick<Audit, 'judgements'>): string {
  const count = (wanted: Verdict) => judgements.filter(({ verdict }) => verdict === wanted).length;
  const all = judgements.length;
  if (all === 0) return 'no QEMU process was found';
  const processes = all === 1 ? '1 QEMU process' : `${all} QEMU processes`;
  return `${processes}: ${count('fail')} fail, ${count('warn')} with warnings, ${count('pass')} pass`;
}
