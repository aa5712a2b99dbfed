import { AppError } from '../errors.ts';

/** Real, effective, saved and file system id. */
export type FourIds = readonly [number, number, number, number];

/** What /proc/PID/status says of one task. Capability and signal sets are 16 hexadecimal digits. */
export interface ProcStatus {
  readonly name: string;
  /** One letter: R, S, D, Z, T … */
  readonly state: string;
  readonly tgid: number;
  readonly pid: number;
  readonly ppid: number;
  readonly uid: FourIds;
  readonly gid: FourIds;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  readonly threads: number;
  readonly sigBlk: string;
  readonly sigIgn: string;
  readonly sigCgt: string;
  readonly capInh: string;
  readonly capPrm: string;
  readonly capEff: string;
  readonly capBnd: string;
  readonly capAmb: string;
  readonly noNewPrivs: boolean;
  /** 0 none, 1 strict, 2 filter; null where the kernel has no seccomp. */
  readonly seccomp: number | null;
  /** Number of filters; null before Linux 5.9. */
  readonly seccompFilters: number | null;
  /** The lines as they stand, for reports. */
  readonly text: { readonly uid: string; readonly gid: string; readonly groups: string };
}

/** Reads the text of /proc/PID/status or /proc/PID/task/TID/status; throws VP_INTERNAL naming the line it cannot read. Source: proc_pid_status(5). */
export function parseProcStatus(text: string): ProcStatus {
  const fields = parseFields(text);
  return {
    ...parseTask(fields),
    ...parseOwners(fields),
    ...parseSignals(fields),
    ...parseCapabilities(fields),
    ...parseRestrictions(fields),
  };
}

type Fields = ReadonlyMap<string, string>;

function parseFields(text: string): Fields {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(colon, 0));
    // The first one counts: no later line may pass itself off as another field.
    if (!fields.has(key)) fields.set(key, line.slice(colon + 1).trim());
  }
  return fields;
}

function parseTask(fields: Fields) {
  return {
    name: field(fields, 'Name'),
    state: field(fields, 'State').slice(0, 1),
    tgid: number(fields, 'Tgid'),
    pid: number(fields, 'Pid'),
    ppid: number(fields, 'PPid'),
    threads: number(fields, 'Threads'),
  };
}

function parseOwners(fields: Fields) {
  return {
    uid: fourIds(fields, 'Uid'),
    gid: fourIds(fields, 'Gid'),
    groups: numbers(fields, 'Groups'),
    text: {
      uid: field(fields, 'Uid'),
      gid: field(fields, 'Gid'),
      groups: field(fields, 'Groups'),
    },
  };
}

function parseSignals(fields: Fields) {
  return {
    sigBlk: bitSet(fields, 'SigBlk'),
    sigIgn: bitSet(fields, 'SigIgn'),
    sigCgt: bitSet(fields, 'SigCgt'),
  };
}

function parseCapabilities(fields: Fields) {
  return {
    capInh: bitSet(fields, 'CapInh'),
    capPrm: bitSet(fields, 'CapPrm'),
    capEff: bitSet(fields, 'CapEff'),
    capBnd: bitSet(fields, 'CapBnd'),
    capAmb: bitSet(fields, 'CapAmb'),
  };
}

function parseRestrictions(fields: Fields) {
  const noNewPrivs = number(fields, 'NoNewPrivs');
  if (noNewPrivs > 1) throw malformed('NoNewPrivs');
  return {
    noNewPrivs: noNewPrivs === 1,
    seccomp: fields.has('Seccomp') ? number(fields, 'Seccomp') : null,
    seccompFilters: fields.has('Seccomp_filters') ? number(fields, 'Seccomp_filters') : null,
  };
}

function field(fields: Fields, key: string): string {
  const value = fields.get(key);
  if (value === undefined) throw malformed(key);
  return value;
}

function number(fields: Fields, key: string): number {
  const [value, ...more] = numbers(fields, key);
  if (value === undefined || more.length > 0) throw malformed(key);
  return value;
}

function fourIds(fields: Fields, key: string): FourIds {
  const [real, effective, saved, fileSystem, ...more] = numbers(fields, key);
  if (real === undefined || effective === undefined || saved === undefined) throw malformed(key);
  if (fileSystem === undefined || more.length > 0) throw malformed(key);
  return [real, effective, saved, fileSystem];
}

function numbers(fields: Fields, key: string): number[] {
  const words = field(fields, key)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (!words.every((word) => /^[0-9]{1,10}$/.test(word))) throw malformed(key);
  return words.map(Number);
}

function bitSet(fields: Fields, key: string): string {
  const value = field(fields, key);
  if (!/^[0-9a-f]{16}$/.test(value)) throw malformed(key);
  return value;
}

function malformed(key: string): AppError {
  return new AppError('VP_INTERNAL', `the line ${key} of /proc/PID/status is missing or malformed`);
}
