import { type LimitName, type Limits, parseProcLimit } from '../formats/proc-limits.ts';
import { parseProcStat } from '../formats/proc-stat.ts';
import { findOrigin, type Starters } from './origin.ts';
import type { Emulator, ProcessFacts, Unread } from './process-facts.ts';
import { readFiles } from './read-files.ts';
import { orNull, type Reading, readLink, readText } from './read-proc.ts';
import { readThreads } from './read-threads.ts';

/** Everything about one QEMU process; null when it has ended before all of it was read, `unknown` when its threads are not shown. */
export function readProcess(
  proc: string,
  emulator: Emulator,
  starters: Starters,
): ProcessFacts | 'unknown' | null {
  const base = `${proc}/${emulator.pid}`;
  const reading = readThreads(base);
  if (reading.kind === 'refused') return 'unknown';
  const threads = orNull(reading) ?? [];
  const leader = threads.find(({ thread }) => thread === emulator.pid);
  if (leader === undefined) return null;
  const { status } = leader;
  const origin = findOrigin(proc, emulator, status, starters);
  const details = readDetails(proc, base, emulator);
  // Read last: until here it was one and the same process, and it runs.
  if (!isStillRunning(base, emulator)) return null;
  return { ...emulator, ...origin, status, threads, ...details };
}

type Details = Pick<ProcessFacts, 'isNamespaced' | 'label' | 'limits' | 'files' | 'unread'>;

function readDetails(proc: string, base: string, { program }: Emulator): Details {
  const namespace = readLink(`${base}/ns/user`);
  const own = readLink(`${proc}/self/ns/user`);
  const label = readLabel(base);
  const limits = readLimits(base);
  const files = readFiles(base);
  return {
    isNamespaced:
      namespace.kind === 'value' && own.kind === 'value' ? namespace.value !== own.value : null,
    label: orNull(label) || null,
    limits: orNull(limits),
    files: orNull(files),
    unread: [
      ...(program === null ? [{ what: 'program', why: 'permission denied' } as const] : []),
      ...unreadOf('user-namespace', namespace),
      ...unreadOf('label', label),
      ...unreadOf('limits', limits),
      ...unreadOf('files', files),
    ],
  };
}

function unreadOf(what: Unread['what'], reading: Reading<unknown>): readonly Unread[] {
  return reading.kind === 'refused' ? [{ what, why: reading.why }] : [];
}

// Without a security module the file is there and cannot be read: EINVAL.
function readLabel(base: string): Reading<string> {
  const reading = readText(`${base}/attr/current`);
  if (reading.kind === 'refused' && reading.why === 'EINVAL') return { kind: 'gone' };
  if (reading.kind !== 'value') return reading;
  return { kind: 'value', value: reading.value.replace(/[\0\n]+$/, '') };
}

// The file is empty where the process ends between opening and reading it (proc_pid_limits in fs/proc/base.c).
function readLimits(base: string): Reading<Limits> {
  const reading = readText(`${base}/limits`);
  if (reading.kind !== 'value') return reading;
  return reading.value === ''
    ? { kind: 'gone' }
    : { kind: 'value', value: parseLimits(reading.value) };
}

function parseLimits(text: string): Limits {
  const limit = (name: LimitName) => parseProcLimit(text, name);
  return {
    core: limit('core'),
    nproc: limit('nproc'),
    nofile: limit('nofile'),
    memlock: limit('memlock'),
  };
}

function isStillRunning(base: string, { startTime }: Emulator): boolean {
  const text = orNull(readText(`${base}/stat`));
  return text !== null && parseProcStat(text).startTime === startTime;
}
