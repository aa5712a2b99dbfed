import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ProcStatus } from '../formats/proc-status.ts';
import { findGuestName } from './guest-name.ts';
import { type LaunchRecord, readLaunchRecords } from './launch-records.ts';
import type { Emulator, Origin } from './process-facts.ts';
import { attempt, orNull, readLink, readText } from './read-proc.ts';

/** What is read once for all processes to know who started them. */
export interface Starters {
  readonly bootId: string;
  readonly records: readonly LaunchRecord[];
  /** Guest names by pid, of libvirt's own pid files. */
  readonly libvirtGuests: ReadonlyMap<number, string>;
}

export function readStarters(root: string, proc: string, stateDirectory: string): Starters {
  return {
    bootId: (orNull(readText(`${proc}/sys/kernel/random/boot_id`)) ?? '').trim(),
    records: readLaunchRecords(stateDirectory),
    libvirtGuests: readLibvirtGuests(`${root}/run/libvirt/qemu`),
  };
}

function readLibvirtGuests(directory: string): ReadonlyMap<number, string> {
  const names = orNull(attempt(() => readdirSync(directory))) ?? [];
  const guests = names
    .filter((name) => name.endsWith('.pid'))
    .flatMap((name) => {
      const text = orNull(attempt(() => readFileSync(`${directory}/${name}`, 'utf8'))) ?? '';
      const pid = /^\s*([0-9]{1,10})\s*$/.exec(text)?.[1];
      return pid === undefined ? [] : [[Number(pid), name.slice(0, -'.pid'.length)] as const];
    });
  return new Map(guests);
}

/** Who started a process, and for which guest. Its own words count last: it can write over them. */
export function findOrigin(
  proc: string,
  emulator: Emulator,
  status: ProcStatus,
  starters: Starters,
): Origin {
  const words = readWords(`${proc}/${emulator.pid}`);
  const named = findGuestName(words);
  const trace =
    findRecord(emulator, starters) ?? findTrace(proc, emulator.pid, status, words, starters);
  const unsaid = { guest: named, landlock: null, securebits: null };
  if (trace !== null) return { ...unsaid, ...trace };
  return { ...unsaid, startedBy: 'other', evidence: describeParent(proc, status) };
}

function readWords(base: string): readonly string[] {
  return (orNull(readText(`${base}/cmdline`)) ?? '').split('\0');
}

function findRecord({ pid, startTime }: Emulator, { records, bootId }: Starters): Origin | null {
  const record = records.find((each) => {
    return each.pid === pid && each.startTime === startTime && each.bootId === bootId;
  });
  if (record === undefined) return null;
  const { name: guest, landlock, verified } = record;
  return {
    startedBy: 'qemu-launch',
    evidence: "the launcher's record",
    guest,
    // The executor refuses to become QEMU before it has read back what it has locked.
    landlock: verified ? (landlock?.level ?? null) : null,
    securebits: verified && hasLockedSecurebits(record) ? 'locked' : null,
  };
}

// Root's launches lock them, but for those that keep their capabilities and so their bounding set.
function hasLockedSecurebits({ isSystem, status }: LaunchRecord): boolean {
  return isSystem && /^0+$/.test(status?.['CapBnd'] ?? '');
}

type Trace = Pick<Origin, 'startedBy' | 'evidence'> & { readonly guest?: string };

function findTrace(
  proc: string,
  pid: number,
  { ppid }: ProcStatus,
  words: readonly string[],
  { libvirtGuests }: Starters,
): Trace | null {
  const guest = libvirtGuests.get(pid);
  if (guest !== undefined) return { startedBy: 'libvirt', evidence: "libvirt's pid file", guest };
  const group = orNull(readText(`${proc}/${pid}/cgroup`)) ?? '';
  // The first is systemd's scope, the second the group that libvirt makes without systemd.
  if (/machine-qemu\\x2d|\.libvirt-qemu(\/|$)/m.test(group))
    return { startedBy: 'libvirt', evidence: 'its control group' };
  const parent = programOf(proc, ppid);
  if (parent === 'qemu-wait') return { startedBy: 'qemu-launch', evidence: 'its parent process' };
  if (parent === 'libvirtd' || parent === 'virtqemud')
    return { startedBy: 'libvirt', evidence: 'its parent process' };
  if (words.some((word) => /\/libvirt\/qemu\/(lib\/|run\/|save\/)?domain-\d+-/.test(word)))
    return { startedBy: 'libvirt', evidence: 'its command line' };
  return null;
}

function describeParent(proc: string, { ppid }: ProcStatus): string {
  const program = programOf(proc, ppid);
  return program === null ? `process ${ppid}` : `${program}, process ${ppid}`;
}

function programOf(proc: string, pid: number): string | null {
  const link = orNull(readLink(`${proc}/${pid}/exe`));
  return link === null ? (orNull(readText(`${proc}/${pid}/comm`))?.trim() ?? null) : basename(link);
}
