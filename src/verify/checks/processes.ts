import { AppError } from '../../errors.ts';
import { nameOf } from '../audit-document.ts';
import { failed, type Outcome, passed, skipped, warned } from '../check.ts';
import type { Audit, Judgement, Verdict } from '../judgement.ts';

/** The audit in one line: nobody's QEMU has more rights than it should. */
export function checkProcesses(readAudit: () => Audit): Outcome {
  const audit = audited(readAudit);
  return 'status' in audit ? audit : judge(audit);
}

// An image whose /proc is empty has no processes that could be looked at.
function audited(readAudit: () => Audit): Audit | Outcome {
  try {
    return readAudit();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'VP_ROOT_INVALID') throw error;
    return skipped(error.message, error.hint ?? '');
  }
}

function judge({ judgements, findings, isComplete, hasRights }: Audit): Outcome {
  const count = judgements.length;
  const failing = withVerdict(judgements, 'fail');
  if (failing.length > 0)
    return failed(`${of(failing, count)} rights that no QEMU should have`, hintOf(failing), [
      ...failing.flatMap(describe),
    ]);
  const [blind] = findings;
  if (!isComplete && blind !== undefined)
    return hasRights ? warned(blind.message, blind.hint) : skipped(blind.message, blind.hint);
  const warning = withVerdict(judgements, 'warn');
  if (warning.length > 0)
    return warned(`${of(warning, count)} more rights than QEMU needs`, hintOf(warning), [
      ...warning.flatMap(describe),
    ]);
  return passed(
    count === 0 ? 'no QEMU process runs' : `${processes(count)}, each without privileges`,
  );
}

function withVerdict(judgements: readonly Judgement[], wanted: Verdict): readonly Judgement[] {
  return judgements.filter(({ verdict }) => verdict === wanted);
}

function of(some: readonly Judgement[], count: number): string {
  return `of ${processes(count)} ${some.length === 1 ? 'one has' : `${some.length} have`}`;
}

function processes(count: number): string {
  return count === 1 ? '1 QEMU process' : `${count} QEMU processes`;
}

function hintOf([first]: readonly Judgement[]): string {
  return `${first?.findings[0]?.hint ?? ''} (provision audit shows all)`;
}

function describe({ facts, findings }: Judgement): readonly string[] {
  return findings.map(({ message }) => `${nameOf(facts)}, pid ${facts.pid}: ${message}`);
}
