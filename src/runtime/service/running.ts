import { closeSync } from 'node:fs';
import type { Bearer } from '../claims/bearer.ts';
import { isNativeError, type Native } from '../native.ts';
import { readProcessStat } from '../process-facts.ts';

/** A process that was there when it was opened; its descriptor never means another one. */
export interface RunningProcess extends Bearer {
  readonly pid: number;
  readonly startTime: string;
  readonly pidfd: number;
}

/** Opens a process by its number; null when there is none that still runs. */
export function openRunning(native: Native, pid: number): RunningProcess | null {
  const pidfd = open(native, pid);
  if (pidfd === null) return null;
  const stat = readProcessStat(pid);
  // It still runs, so what was just read is its own.
  if (stat !== null && !native.awaitEnd(pidfd, 0)) return { pid, pidfd, startTime: stat.startTime };
  closeSync(pidfd);
  return null;
}

/** Ends a process by one signal after another, each with `patience` (ms) to obey; false when it outlives them. */
export function endRunning(
  native: Native,
  { pidfd }: RunningProcess,
  signals: readonly number[],
  patience: number,
): boolean {
  return signals.some((signal) => {
    send(native, pidfd, signal);
    return native.awaitEnd(pidfd, patience);
  });
}

// It may have ended meanwhile.
function send(native: Native, pidfd: number, signal: number): void {
  try {
    native.sendSignal(pidfd, signal);
  } catch (error) {
    if (!isNativeError(error) || error.code !== 'ESRCH') throw error;
  }
}

function open(native: Native, pid: number): number | null {
  try {
    return native.openProcess(pid);
  } catch (error) {
    // A thread that leads no process is none either.
    if (isNativeError(error) && ['ESRCH', 'EINVAL', 'ENOENT'].includes(error.code)) return null;
    throw error;
  }
}
