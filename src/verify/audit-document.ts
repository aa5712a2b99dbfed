import { findDifferingThreads } from './judge-restrictions.ts';
import type { AccountNames, Audit, Judgement, Verdict } from './judgement.ts';
import { worstOf } from './judgement.ts';

/** The document of `audit --json`: what is promised first, then what else was seen. Pure. */
export function auditDocument(audit: Audit, names: AccountNames): object {
  return {
    processes: audit.judgements.map((judgement) => processDocument(judgement, names)),
    verdict: verdictOf(audit),
    complete: audit.isComplete,
    findings: audit.findings,
  };
}

/** Of the whole: the worst of all processes, and no pass where something was not seen. */
export function verdictOf({ judgements, isComplete }: Audit): Verdict {
  const worst = worstOf(judgements.map(({ verdict }) => verdict));
  return worst === 'pass' && !isComplete ? 'warn' : worst;
}

function processDocument({ facts, verdict, findings }: Judgement, names: AccountNames): object {
  const differing = findDifferingThreads(facts);
  const { pid, program, startedBy, threads, status } = facts;
  return {
    pid,
    name: nameOf(facts),
    exe: program,
    startedBy,
    ...identityFields(facts, names),
    capabilities: {
      inheritable: status.capInh,
      permitted: status.capPrm,
      effective: status.capEff,
      bounding: status.capBnd,
      ambient: status.capAmb,
    },
    noNewPrivs: status.noNewPrivs,
    seccomp: status.seccomp,
    threads: threads.length,
    differingThreads: differing.length,
    verdict,
    findings,
    ...furtherFields(facts),
    differences: differing,
  };
}

/** What a process is called: its guest's name, else its own. */
export function nameOf({ guest, status }: Pick<Judgement['facts'], 'guest' | 'status'>): string {
  return guest ?? status.name;
}

function identityFields({ status }: Judgement['facts'], names: AccountNames): object {
  const [uid, gid] = [status.uid[1], status.gid[1]];
  return {
    user: names.user(uid) ?? String(uid),
    uid,
    group: names.group(gid) ?? String(gid),
    gid,
    groups: status.groups,
  };
}

function furtherFields(facts: Judgement['facts']): object {
  const { guest, evidence, isDeleted, mark, startTime, status } = facts;
  const { isNamespaced, landlock, securebits, label, limits, files, unread } = facts;
  return {
    guest,
    startedByEvidence: evidence,
    process: status.name,
    startTime,
    exeDeleted: isDeleted,
    foundBy: mark,
    seccompFilters: status.seccompFilters,
    userNamespace: isNamespaced,
    landlock,
    securebits,
    label,
    limits,
    files,
    unread,
  };
}
