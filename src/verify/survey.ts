import { readFileSync } from 'node:fs';
import { hasCapability } from '../formats/capability-names.ts';
import { findMountOptions } from '../formats/mount-info.ts';
import { type ProcStatus, parseProcStatus } from '../formats/proc-status.ts';
import { type SeenFiles, seeOwnProgram } from './emulator-file.ts';
import { findEmulators } from './find-emulators.ts';
import { readStarters } from './origin.ts';
import type { ProcessFacts } from './process-facts.ts';
import { orNull, readText } from './read-proc.ts';
import { readProcess } from './read-process.ts';

/** Where to look. */
export interface SurveyPlaces {
  /** The root whose `proc` and `run` are read, without a slash at its end: empty for the running system. */
  readonly root: string;
  /** The state directory of `qemu-launch`. */
  readonly stateDirectory: string;
}

export interface UnknownProcess {
  readonly pid: number;
  readonly name: string;
}

/** What was seen of a machine's QEMU processes. */
export interface Survey {
  readonly processes: readonly ProcessFacts[];
  /** What could not be told from QEMU, for want of a right. */
  readonly unknown: readonly UnknownProcess[];
  /** The reader may see every program, as far as the kernel lets anybody. */
  readonly canTrace: boolean;
  /** /proc shows the reader only some processes, by its mount option `hidepid`. */
  readonly isHidden: boolean;
  /** The reader lives in a user namespace: ids that it does not map all show as one. */
  readonly isNamespaced: boolean;
}

/** Reads every QEMU process; `seen` remembers program files from one survey to the next. */
export function readSurvey(places: SurveyPlaces, seen: SeenFiles = seeOwnProgram()): Survey {
  const proc = `${places.root}/proc`;
  const { emulators, unknown } = findEmulators(proc, seen);
  const starters = readStarters(places.root, proc, places.stateDirectory);
  const own = parseProcStatus(readFileSync('/proc/self/status', 'utf8'));
  const readings = emulators.map((emulator) => readProcess(proc, emulator, starters));
  return {
    processes: readings.filter((facts) => facts !== null && facts !== 'unknown'),
    unknown: [...unknown, ...emulators.filter((_, index) => readings[index] === 'unknown')].map(
      ({ pid }) => ({ pid, name: (orNull(readText(`${proc}/${pid}/comm`)) ?? '').trim() }),
    ),
    canTrace: hasCapability(own.capEff, 'sys_ptrace'),
    isHidden: isHidden(proc, own),
    isNamespaced: isReaderNamespaced(proc),
  };
}

// 1 hides what is in the directories, 2 the directories too, 4 what may not be traced, from everybody.
function isHidden(proc: string, own: ProcStatus): boolean {
  const options = findMountOptions(orNull(readText('/proc/self/mountinfo')) ?? '', proc) ?? [];
  const hidden = options.find((option) => /^hidepid=(?!0$|off$)/.test(option));
  if (hidden === undefined || hasCapability(own.capEff, 'sys_ptrace')) return false;
  if (/=(4|ptraceable)$/.test(hidden)) return true;
  const group = options.find((option) => /^gid=[0-9]+$/.test(option))?.slice('gid='.length);
  return ![...own.groups, own.gid[1]].includes(Number(group ?? 0));
}

// The first namespace maps every id to itself, in one line.
function isReaderNamespaced(proc: string): boolean {
  const text = orNull(readText(`${proc}/self/uid_map`));
  return text !== null && !/^\s*0\s+0\s+4294967295\s*$/.test(text);
}
