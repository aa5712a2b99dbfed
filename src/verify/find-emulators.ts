import { basename } from 'node:path';
import { AppError } from '../errors.ts';
import { isKernelThread, parseProcStat } from '../formats/proc-stat.ts';
import {
  holdsEmulator,
  isEmulatorName,
  isEmulatorProcessName,
  type SeenFiles,
} from './emulator-file.ts';
import type { Emulator, Mark } from './process-facts.ts';
import { orNull, readLink, readNumbers, readText } from './read-proc.ts';

export interface Found {
  readonly emulators: readonly Emulator[];
  /** Processes whose program nobody but their owner may see; whether they are QEMU is not known. */
  readonly unknown: readonly { readonly pid: number }[];
}

/** All QEMU processes that this /proc shows, by their program files. Throws VP_ROOT_INVALID when it shows no process at all. */
export function findEmulators(proc: string, seen: SeenFiles): Found {
  const pids = orNull(readNumbers(proc)) ?? [];
  if (pids.length === 0) throw noProcesses(proc);
  const looks = pids.map((pid) => lookAtProcess(proc, pid, seen));
  return {
    emulators: looks.flatMap((look) => (look === null || look === 'unknown' ? [] : [look])),
    unknown: pids.filter((_, index) => looks[index] === 'unknown').map((pid) => ({ pid })),
  };
}

function noProcesses(proc: string): AppError {
  return new AppError('VP_ROOT_INVALID', `cannot audit ${proc}: it shows no process`, {
    path: proc,
    hint: 'mount the process file system there; without --root the running system is meant',
  });
}

type Look = Emulator | 'unknown' | null;

function lookAtProcess(proc: string, pid: number, seen: SeenFiles): Look {
  const base = `${proc}/${pid}`;
  const link = readLink(`${base}/exe`);
  if (link.kind === 'value') return lookAtProgram(base, pid, link.value, base, seen);
  // A kernel thread, a zombie, or it has ended.
  if (link.kind === 'gone') return lookAtThreads(base, pid, seen);
  return lookAtName(base, pid);
}

function lookAtProgram(
  base: string,
  pid: number,
  link: string,
  task: string,
  seen: SeenFiles,
): Look {
  const isDeleted = link.endsWith(deleted);
  const program = isDeleted ? link.slice(0, -deleted.length) : link;
  const mark = markOf(program, task, seen);
  if (mark === null || mark === 'unknown') return mark;
  return withStart(base, { pid, program, isDeleted, mark });
}

const deleted = ' (deleted)';

function markOf(program: string, task: string, seen: SeenFiles): Mark | 'unknown' | null {
  if (isEmulatorName(program)) return 'name';
  if (isLoader(program) && mapsEmulator(task)) return 'mapping';
  const held = holdsEmulator(`${task}/exe`, seen);
  if (held.kind === 'value') return held.value ? 'content' : null;
  return held.kind === 'refused' ? 'unknown' : null;
}

// `/lib64/ld-linux-x86-64.so.2 /usr/bin/qemu-system-x86_64` runs the emulator as well.
function isLoader(program: string): boolean {
  return /^ld(64)?[-.]/.test(basename(program));
}

function mapsEmulator(task: string): boolean {
  const maps = orNull(readText(`${task}/maps`)) ?? '';
  return maps.split('\n').some((line) => isEmulatorName(line.slice(line.indexOf('/') + 1)));
}

function withStart(base: string, facts: Omit<Emulator, 'startTime'>): Emulator | null {
  const stat = orNull(readText(`${base}/stat`));
  return stat === null ? null : { ...facts, startTime: parseProcStat(stat).startTime };
}

// The first thread may have ended before the others: only theirs still name the program.
function lookAtThreads(base: string, pid: number, seen: SeenFiles): Look {
  const stat = orNull(readText(`${base}/stat`));
  if (stat === null || !'ZX'.includes(parseProcStat(stat).state)) return null;
  const threads = (orNull(readNumbers(`${base}/task`)) ?? []).filter((thread) => thread !== pid);
  for (const thread of threads) {
    const task = `${base}/task/${thread}`;
    const link = readLink(`${task}/exe`);
    if (link.kind === 'value') return lookAtProgram(base, pid, link.value, task, seen);
    if (link.kind === 'refused') return lookAtName(base, pid);
  }
  return null;
}

function lookAtName(base: string, pid: number): Look {
  const stat = readText(`${base}/stat`);
  if (stat.kind === 'gone') return null;
  if (stat.kind === 'refused') return 'unknown';
  if (isKernelThread(stat.value)) return null;
  const { state, startTime } = parseProcStat(stat.value);
  const isOver = 'ZX'.includes(state) && (orNull(readNumbers(`${base}/task`)) ?? []).length < 2;
  if (isOver) return null;
  if (!isEmulatorProcessName(nameIn(stat.value))) return 'unknown';
  return { pid, startTime, program: null, isDeleted: false, mark: 'process-name' };
}

function nameIn(stat: string): string {
  return stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
}
