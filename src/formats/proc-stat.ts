import { AppError } from '../errors.ts';

export interface ProcStat {
  /** One letter: R, S, D, Z, T … */
  readonly state: string;
  /** Clock ticks after boot, as decimal text: with the pid it names one process for good. */
  readonly startTime: string;
}

const stateField = 3;
const startTimeField = 22;

/** State and start time from the text of /proc/PID/stat. Source: proc_pid_stat(5). */
export function parseProcStat(text: string): ProcStat {
  // The command name may hold spaces and parentheses, so fields count from the last parenthesis.
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  const state = fields[0] ?? '';
  const startTime = fields[startTimeField - stateField] ?? '';
  if (text.includes(')') && /^[A-Za-z]$/.test(state) && /^[0-9]+$/.test(startTime)) {
    return { state, startTime };
  }
  throw new AppError('VP_INTERNAL', 'no state and start time in this text of /proc/PID/stat');
}
