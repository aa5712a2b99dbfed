import { AppError } from '../errors.ts';

export interface ProcStat {
  /** One letter: R, S, D, Z, T … */
  readonly state: string;
  /** Clock ticks after boot, as decimal text: with the pid it names one process for good. */
  readonly startTime: string;
}

const stateField = 3;
const startTimeField = 22;
const flagsField = 9;
/** PF_KTHREAD of the kernel's include/linux/sched.h, the same since Linux 2.6.27. */
const kernelThreadFlag = 0x200000;

/** State and start time from the text of /proc/PID/stat. Source: proc_pid_stat(5). */
export function parseProcStat(text: string): ProcStat {
  const fields = fieldsBehindName(text);
  const state = fields[0] ?? '';
  const startTime = fields[startTimeField - stateField] ?? '';
  if (text.includes(')') && /^[A-Za-z]$/.test(state) && /^[0-9]+$/.test(startTime)) {
    return { state, startTime };
  }
  throw new AppError('VP_INTERNAL', 'no state and start time in this text of /proc/PID/stat');
}

/** The task is the kernel's own and runs no program. */
export function isKernelThread(text: string): boolean {
  return (Number(fieldsBehindName(text)[flagsField - stateField]) & kernelThreadFlag) !== 0;
}

// The command name may hold spaces and parentheses, so fields count from the last parenthesis.
function fieldsBehindName(text: string): readonly string[] {
  return text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
}
