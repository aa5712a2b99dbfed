import { type BigIntStats, statSync } from 'node:fs';
import { type LimitName, type LimitPair, parseProcLimit } from '../../formats/proc-limits.ts';
import type { FoundFile } from '../files.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import { readProc } from '../process-facts.ts';

/**
 * What the process executes, its hard limits and its environment, where they are not as planned; in words. Nothing of
 * one that is about to end: it has none of them any more.
 */
export function findProcessDifferences(pid: number, plan: LaunchPlan): readonly string[] {
  const read = (name: string) => attempt(() => readProc(`/proc/${pid}/${name}`));
  const [environment, limits] = [read('environ'), read('limits')];
  // Last: it goes before anything that was read above goes.
  const exe = attempt(() => statSync(`/proc/${pid}/exe`, { bigint: true }));
  if (exe === null || environment === null || limits === null) return [];
  const { executed } = plan.cell;
  // A script is not what is executed, and sets variables of its own.
  const own =
    executed === null
      ? []
      : [...describeExe(exe, executed), ...describeEnvironment(environment, plan)];
  return [...own, ...describeLimits(limits, plan)];
}

/** What is read of a process in /proc; null when it has ended, or may not be asked: by who is not root, of one that is ending. */
export function attempt<Result>(read: () => Result): Result | null {
  try {
    return read();
  } catch (error) {
    if (['EACCES', 'ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return null;
    throw error;
  }
}

function describeExe(exe: BigIntStats, { device, inode }: FoundFile): readonly string[] {
  if (`${exe.dev}:${exe.ino}` === `${device}:${inode}`) return [];
  return ['it executes another file than the emulator that was planned'];
}

function describeEnvironment(text: string, { environment }: LaunchPlan): readonly string[] {
  const found = text.split('\0').filter((word) => word !== '');
  const isSame = found.join('\0') === environment.join('\0');
  return isSame ? [] : [`its environment is ${names(found)}, planned ${names(environment)}`];
}

/** Values may be secrets. */
function names(variables: readonly string[]): string {
  return variables.map((variable) => variable.split('=', 1)[0]).join(' ') || 'empty';
}

// QEMU may raise a soft limit itself, as it does for open files since 9.1.
function describeLimits(text: string, { confinement }: LaunchPlan): readonly string[] {
  const planned = Object.entries(confinement.limits) as [LimitName, LimitPair][];
  return planned.flatMap(([name, [, hard]]) => {
    const [, found] = parseProcLimit(text, name);
    return found === hard ? [] : [`its hard limit ${name} is ${found}, planned ${hard}`];
  });
}
