import type { ProcStatus } from '../formats/proc-status.ts';
import type { Property } from './judgement.ts';
import type { ProcessFacts } from './process-facts.ts';

/** What binds the process beyond its ids: no_new_privs, seccomp, and that all threads are alike. */
export function judgeRestrictions(facts: ProcessFacts): readonly Property[] {
  return [judgeNoNewPrivs(facts), judgeSeccomp(facts), judgeThreads(facts)];
}

function judgeNoNewPrivs({ threads }: ProcessFacts): Property {
  const isSet = threads.every(({ status }) => status.noNewPrivs);
  return {
    id: 'no-new-privs',
    title: 'no_new_privs',
    value: isSet ? 'yes' : 'no',
    code: 'VP_AUDIT_NO_NEW_PRIVS',
    status: isSet ? 'pass' : 'warn',
    explanation: isSet
      ? 'no program that it starts can gain rights'
      : 'no_new_privs is not set: programs with set-id or capabilities give it their rights',
    hint: isSet ? '' : 'start it with qemu-launch, or with -sandbox on',
  };
}

function judgeSeccomp({ threads }: ProcessFacts): Property {
  const modes = threads.map(({ status }) => status.seccomp);
  const base = {
    id: 'seccomp',
    title: 'seccomp',
    value: describeSeccomp(threads.map(({ status }) => status)),
    code: 'VP_AUDIT_SECCOMP',
  } as const;
  if (modes.includes(null)) {
    const explanation = 'the kernel does not say whether system calls are filtered';
    return { ...base, status: 'unread', explanation, hint: 'use a kernel with seccomp' };
  }
  if (!modes.includes(0)) {
    const explanation = 'a filter keeps it from system calls that it does not need';
    return { ...base, status: 'pass', explanation, hint: '' };
  }
  return {
    ...base,
    status: 'warn',
    explanation: 'no filter is on its system calls: all of the kernel is open to attack',
    hint: 'start it with -sandbox on, or with qemu-launch',
  };
}

function describeSeccomp(statuses: readonly ProcStatus[]): string {
  const least = statuses.reduce((a, b) => ((b.seccomp ?? 0) < (a.seccomp ?? 0) ? b : a));
  const { seccomp, seccompFilters: filters } = least;
  if (seccomp === null) return 'unknown';
  if (seccomp === 0) return 'off';
  if (seccomp === 1) return 'strict';
  return filters === null ? 'filter' : `${filters} ${filters === 1 ? 'filter' : 'filters'}`;
}

function judgeThreads(facts: ProcessFacts): Property {
  const { threads } = facts;
  const differing = findDifferingThreads(facts);
  const base = { id: 'threads', title: 'Threads', code: 'VP_AUDIT_THREADS' } as const;
  if (differing.length === 0) {
    const explanation = `its threads (${threads.length}) have the same rights`;
    return { ...base, value: String(threads.length), status: 'pass', explanation, hint: '' };
  }
  const [first] = differing;
  return {
    ...base,
    value: `${differing.length} of ${threads.length} differ`,
    status: 'warn',
    explanation: `${differing.length} of its ${threads.length} threads have other rights than the first: thread ${first?.thread} in ${first?.lines.join(', ')}`,
    hint: 'rights are dropped thread by thread: they must be dropped before QEMU makes threads',
  };
}

export interface DifferingThread {
  readonly thread: number;
  /** The lines of /proc/PID/status that differ. */
  readonly lines: readonly string[];
}

/** The threads whose rights are not those of the first. */
export function findDifferingThreads({
  status,
  threads,
}: ProcessFacts): readonly DifferingThread[] {
  return threads
    .map(({ thread, status: other }) => ({ thread, lines: findDifferences(status, other) }))
    .filter(({ lines }) => lines.length > 0);
}

const rights: readonly (readonly [string, (status: ProcStatus) => string])[] = [
  ['Uid', ({ uid }) => uid.join(' ')],
  ['Gid', ({ gid }) => gid.join(' ')],
  ['Groups', ({ groups }) => [...groups].sort((a, b) => a - b).join(' ')],
  ['CapInh', ({ capInh }) => capInh],
  ['CapPrm', ({ capPrm }) => capPrm],
  ['CapEff', ({ capEff }) => capEff],
  ['CapBnd', ({ capBnd }) => capBnd],
  ['CapAmb', ({ capAmb }) => capAmb],
  ['NoNewPrivs', ({ noNewPrivs }) => String(noNewPrivs)],
  ['Seccomp', ({ seccomp }) => String(seccomp)],
  ['Seccomp_filters', ({ seccompFilters }) => String(seccompFilters)],
];

function findDifferences(left: ProcStatus, right: ProcStatus): readonly string[] {
  return rights.filter(([, of]) => of(left) !== of(right)).map(([line]) => line);
}
