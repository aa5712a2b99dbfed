import { readdirSync, readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { parseProcStat } from '../formats/proc-stat.ts';
import type { ProcStatus } from '../formats/proc-status.ts';
import { parseProcStatus } from '../formats/proc-status.ts';

/** The kernel's name for this boot; another one means that no process of a record lives. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

export interface ProcessStat {
  readonly state: string;
  /** Clock ticks since boot, as text: with the pid it names a process for good. */
  readonly startTime: string;
}

/** State and start time of a process; null when there is none of this pid. */
export function readProcessStat(pid: number): ProcessStat | null {
  const text = readProc(`/proc/${pid}/stat`);
  return text === null ? null : parseProcStat(text);
}

/** The start time of a process that must be there: one of our own. */
export function readStartTime(pid: number): string {
  const stat = readProcessStat(pid);
  if (stat !== null) return stat.startTime;
  throw new AppError('VP_INTERNAL', `process ${pid} has no entry in /proc`, {
    hint: 'mount /proc: claims are bound to the start time of a process',
  });
}

/**
 * The supplementary groups of this process, ascending. Node's own call adds
 * the effective group, which need not be one of them.
 */
export function readOwnGroups(): readonly number[] {
  const { groups } = parseProcStatus(readFileSync('/proc/self/status', 'utf8'));
  return [...groups].sort((a, b) => a - b);
}

/**
 * A process that has ended but not been waited for uses nothing any more,
 * unless only its first thread has ended.
 */
export function isRunning(pid: number, startTime: string): boolean {
  const stat = readProcessStat(pid);
  if (stat === null || stat.startTime !== startTime) return false;
  return !'ZX'.includes(stat.state) || listThreads(pid).length > 1;
}

export interface ThreadStatus {
  readonly thread: number;
  readonly status: ProcStatus;
}

/** The status of every thread, read until no thread has come or gone meanwhile. */
export function readThreads(pid: number): readonly ThreadStatus[] {
  let before = '';
  // A process that makes threads for ever is not worth waiting for: what was seen last is judged.
  for (let round = 0; round < 20; round++) {
    const threads = listThreads(pid);
    if (threads.join() === before) break;
    before = threads.join();
  }
  return listThreads(pid).flatMap((thread) => {
    const text = readProc(`/proc/${pid}/task/${thread}/status`);
    return text === null ? [] : [{ thread, status: parseProcStatus(text) }];
  });
}

function listThreads(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** The text of a file in /proc; null when its process is gone. */
export function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

// The process may end between any two reads: ESRCH comes from a file already open.
function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ESRCH';
}
