import { AppError } from '../errors.ts';
import type { VerifiedStatus } from '../formats/claim-record.ts';
import type { ProcStatus } from '../formats/proc-status.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { readProcessStat, readThreads } from './process-facts.ts';
import { findLeftDescriptors, readDescriptors } from './verification/open-descriptors.ts';
import { findProcessDifferences } from './verification/process-differences.ts';

const none = '0000000000000000';
const executorName = 'qemu-exec';

/** A process, for good: by number and start time. */
export interface VerifiedProcess {
  readonly pid: number;
  readonly startTime: string;
}

/**
 * Reads every thread of the started process, what it executes, its limits, environment and open descriptors back from
 * /proc and compares them with the plan; VP_VERIFICATION_FAILED names each line that differs. `startTime` says that
 * the number is still that process's. Returns the lines of the process as /proc has them.
 */
export function verifyProcess(
  { pid, startTime }: VerifiedProcess,
  plan: LaunchPlan,
): VerifiedStatus {
  const threads = readThreads(pid);
  const leader = threads.find(({ thread }) => thread === pid);
  if (leader === undefined) throw failed(pid, ['it is gone']);
  // Killed after the last step and before exec: everything is as planned, and QEMU never ran.
  if (leader.status.name === executorName) throw failed(pid, ['it ended before it became QEMU']);
  const differences = [
    ...threads.flatMap(({ thread, status }) => {
      return findDifferences(status, plan).map((text) => `thread ${thread}: ${text}`);
    }),
    ...findLeftDescriptors(readDescriptors(pid), readDescriptors('self'), plan),
    ...findProcessDifferences(pid, plan),
  ];
  if (readProcessStat(pid)?.startTime !== startTime)
    throw failed(pid, ['it is another process by now']);
  if (differences.length > 0) throw failed(pid, differences);
  return describeStatus(leader.status);
}

function failed(pid: number, differences: readonly string[]): AppError {
  return new AppError(
    'VP_VERIFICATION_FAILED',
    `process ${pid} is not what was planned: ${differences.join('; ')}`,
    { hint: 'it was ended and its files given back; report this with the output of `plan`' },
  );
}

/** Each property that is not as planned, in words; empty when all are. Pure. */
export function findDifferences(status: ProcStatus, plan: LaunchPlan): readonly string[] {
  const { identity } = plan;
  const { capabilities, boundingSet } = plan.confinement;
  const wanted: readonly (readonly [string, string, string])[] = [
    ['Uid', status.uid.join(' '), Array(4).fill(identity.uid).join(' ')],
    ['Gid', status.gid.join(' '), Array(4).fill(identity.gid).join(' ')],
    ['Groups', sorted(status.groups), sorted(identity.groups)],
    // Root that keeps what it has, the historic way, has whatever it had.
    ...(capabilities === 'kept' ? [] : capabilityLines(status)),
    ['CapAmb', status.capAmb, none],
    ['NoNewPrivs', String(Number(status.noNewPrivs)), '1'],
    // qemu-exec's own filter; QEMU's comes on top and shows as the same mode.
    ['Seccomp', String(status.seccomp), '2'],
    // Without root the bounding set stays the caller's; it can give nothing under no_new_privs.
    ...(boundingSet === 'empty' ? [['CapBnd', status.capBnd, none] as const] : []),
  ];
  return wanted
    .filter(([, found, expected]) => found !== expected)
    .map(([line, found, expected]) => `${line} is ${found}, planned ${expected}`);
}

function capabilityLines(status: ProcStatus): readonly (readonly [string, string, string])[] {
  return [
    ['CapInh', status.capInh, none],
    ['CapPrm', status.capPrm, none],
    ['CapEff', status.capEff, none],
  ];
}

function sorted(ids: readonly number[]): string {
  return [...ids].sort((a, b) => a - b).join(' ');
}

function describeStatus(status: ProcStatus): VerifiedStatus {
  return {
    Uid: status.uid.join(' '),
    Gid: status.gid.join(' '),
    Groups: status.groups.join(' '),
    CapInh: status.capInh,
    CapPrm: status.capPrm,
    CapEff: status.capEff,
    CapBnd: status.capBnd,
    CapAmb: status.capAmb,
    NoNewPrivs: String(Number(status.noNewPrivs)),
    Seccomp: String(status.seccomp ?? ''),
  };
}
