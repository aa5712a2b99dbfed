import { parseProcStatus } from '../../src/formats/proc-status.ts';
import { judgeProcess } from '../../src/verify/judge.ts';
import type { AccountNames, Judgement } from '../../src/verify/judgement.ts';
import type { ProcessFacts } from '../../src/verify/process-facts.ts';
import { statusText } from './crafted-proc.ts';

export const names: AccountNames = {
  user: (uid) => ({ 0: 'root', 107: 'qemu' })[uid] ?? null,
  group: (gid) => ({ 0: 'root', 6: 'disk', 36: 'kvm', 107: 'qemu' })[gid] ?? null,
};

type Lines = Readonly<Record<string, string>>;

/** Facts of a QEMU without any privilege, with these lines of status in place of its own. */
export function factsOf(
  lines: Lines = {},
  others: Partial<ProcessFacts> = {},
  threads: readonly Lines[] = [],
): ProcessFacts {
  const all = [lines, ...threads.map((own) => ({ ...lines, ...own }))];
  const parsed = all.map((own, index) => ({
    thread: 7 + index,
    status: parseProcStatus(statusText(own)),
  }));
  return {
    pid: 7,
    startTime: '100',
    program: '/usr/bin/qemu-system-x86_64',
    isDeleted: false,
    mark: 'name',
    startedBy: 'other',
    evidence: 'bash, process 1',
    guest: null,
    landlock: null,
    securebits: null,
    status: parseProcStatus(statusText(lines)),
    threads: parsed,
    isNamespaced: false,
    label: null,
    limits: { core: [0, 0], nproc: [9, 9], nofile: [9, 9], memlock: [9, 9] },
    files: [],
    unread: [],
    ...others,
  };
}

export function judgementOf(...facts: Parameters<typeof factsOf>): Judgement {
  return judgeProcess(factsOf(...facts), names);
}
