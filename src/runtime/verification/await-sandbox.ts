import { readFileSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import { parseProcStatus } from '../../formats/proc-status.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Native } from '../native.ts';
import { readProc } from '../process-facts.ts';
import type { Child } from '../start.ts';

const pause = 2;

/**
 * Waits until QEMU has installed its own filter on top of qemu-exec's and the caller's, where it is planned; QEMU does
 * so before it opens anything for the guest. Returns too when it has ended or a signal has come;
 * VP_VERIFICATION_FAILED when neither happens.
 */
export function awaitSandbox(
  native: Native,
  { pid, pidfd }: Child,
  plan: LaunchPlan,
  patience = 30_000,
): void {
  if (!plan.confinement.sandbox?.startsWith('on')) return;
  const wanted = (countFilters('self') ?? 0) + 2;
  for (let waited = 0; waited < patience; waited += pause) {
    const count = countFilters(pid);
    if (count === null || count >= wanted) return;
    if (native.awaitEnd(pidfd, pause) || native.caughtSignal() !== 0) return;
  }
  throw new AppError(
    'VP_VERIFICATION_FAILED',
    `process ${pid} has not installed the filter that -sandbox promises`,
    { hint: 'it was ended and its files given back; say `-sandbox off` if this emulator has none' },
  );
}

// Null: it has ended, or the kernel, before 5.9, does not count them.
function countFilters(pid: number | 'self'): number | null {
  const text =
    pid === 'self' ? readFileSync('/proc/self/status', 'utf8') : readProc(`/proc/${pid}/status`);
  return text === null ? null : parseProcStatus(text).seccompFilters;
}
