import type { Finding } from '../errors.ts';
import { judgeCapabilities } from './judge-capabilities.ts';
import { judgeFiles } from './judge-files.ts';
import { judgeGroups, judgeUser } from './judge-identity.ts';
import { judgeRestrictions } from './judge-restrictions.ts';
import { judgeSurroundings } from './judge-surroundings.ts';
import {
  type AccountNames,
  type Audit,
  type Judgement,
  type Property,
  type Verdict,
  worstOf,
} from './judgement.ts';
import type { ProcessFacts } from './process-facts.ts';
import type { Survey } from './survey.ts';

/** Everything that was read, judged. Pure. */
export function judgeSurvey(survey: Survey, names: AccountNames): Audit {
  const findings = findBlindSpots(survey);
  const judgements = survey.processes.map((facts) => judgeProcess(facts, names));
  return { judgements, findings, isComplete: findings.length === 0, hasRights: hasRights(survey) };
}

/** One process judged by all its threads. Pure. */
export function judgeProcess(facts: ProcessFacts, names: AccountNames): Judgement {
  const properties = [
    judgeUser(facts, names),
    judgeGroups(facts, names),
    ...judgeCapabilities(facts),
    ...judgeRestrictions(facts),
    judgeFiles(facts, names),
    ...judgeSurroundings(facts),
  ];
  const verdict = worstOf(properties.map(verdictOf));
  return { facts, verdict, properties, findings: properties.flatMap(toFinding) };
}

function verdictOf({ status }: Property): Verdict {
  if (status === 'unread') return 'warn';
  return status === 'info' ? 'pass' : status;
}

function toFinding(property: Property): readonly Finding[] {
  const { status, code, hint, explanation: message } = property;
  if (status === 'pass' || status === 'info') return [];
  if (status === 'unread') return [{ code: 'VP_AUDIT_UNREAD', severity: 'warning', message, hint }];
  return [{ code, severity: status === 'fail' ? 'error' : 'warning', message, hint }];
}

function findBlindSpots({ isHidden, isNamespaced, unknown }: Survey): readonly Finding[] {
  const lines = [
    isHidden ? 'the mount option hidepid of /proc hides the processes of other users' : null,
    unknown.length > 0
      ? `${describeUnknown(unknown)} could not be told from QEMU: no right to see the program`
      : null,
    isNamespaced
      ? 'this program runs in a user namespace: ids that it does not map show as one'
      : null,
  ];
  return lines
    .filter((message) => message !== null)
    .map((message) => ({
      code: 'VP_AUDIT_INCOMPLETE',
      severity: 'warning',
      message,
      hint: 'run it as root, outside of containers',
    }));
}

function describeUnknown(unknown: Survey['unknown']): string {
  const [first] = unknown;
  if (unknown.length === 1) return `process ${first?.pid} (${first?.name})`;
  return `${unknown.length} processes, ${first?.pid} (${first?.name}) the first,`;
}

// What the kernel shows nobody is said, and asks for no more rights.
function hasRights({ isHidden, isNamespaced, unknown, canTrace }: Survey): boolean {
  return !isHidden && !isNamespaced && (canTrace || unknown.length === 0);
}
