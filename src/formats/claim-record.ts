import { AppError } from '../errors.ts';
import type { Mount } from './mount-info.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** One file that was given to QEMU, and everything needed to know it again. */
export interface Claim {
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  /** Which device a node stands for (`b7:0`): two nodes of one device are one disk. */
  readonly node: string | null;
  readonly handle: string | null;
  /** The file system that it lies on, and where that was mounted. */
  readonly mount: Mount | null;
  readonly birth: string | null;
  readonly mode: number;
  /** Its access list (base64); null: none. Not there in older records. */
  readonly acl?: string | null;
  readonly from: Owner;
  readonly to: Owner;
}

/** What the kernel said of the started process, in the words of /proc. */
export type VerifiedStatus = Readonly<Record<string, string>>;

/** How far Landlock holds the process, and by which version of the kernel's interface. */
export interface RecordedLandlock {
  readonly level: string;
  readonly abi: number;
}

export interface RecordedIdentity extends Owner {
  readonly user: string;
  readonly group: string;
  readonly groups: readonly number[];
}

/** What was made for a VM beside its run directory, and goes with it. */
export type Made =
  | {
      readonly kind: 'socket' | 'directory';
      readonly path: string;
      readonly device: string;
      readonly inode: string;
    }
  | {
      readonly kind: 'interface';
      readonly name: string;
      readonly index: number;
      /** The network namespace that it is in; not there in older records. */
      readonly network?: string;
    };

/** One VM in the ledger. It is written before the first owner changes. */
export interface ClaimRecord {
  readonly version: 1;
  readonly name: string;
  readonly bootId: string;
  /** The launcher's until QEMU has one; null from `prepare` to `adopt`, while no process bears the claims. */
  readonly pid: number | null;
  readonly startTime: string | null;
  /** RUN: in it the directory NAME is this VM's. */
  readonly runDirectory: string;
  readonly identity: RecordedIdentity;
  readonly verified: boolean;
  readonly status: VerifiedStatus | null;
  /** Not there when the launcher set none. */
  readonly landlock?: RecordedLandlock;
  readonly claims: readonly Claim[];
  /** Not there when nothing was made. */
  readonly made?: readonly Made[];
  /** Microseconds since the launcher's start, per step. */
  readonly timings: Readonly<Record<string, number>>;
}

/** The record as its file's text. */
export function printRecord(record: ClaimRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** The value of a record's text; VP_LEDGER_DAMAGED when it is none of this version. */
export function parseRecord(text: string, path: string): ClaimRecord {
  const value = parseJson(text, path);
  if (!isObject(value)) throw damagedRecord(path, 'it is no object');
  if (value['version'] !== 1) {
    throw damagedRecord(path, `its version is ${JSON.stringify(value['version'])}, known is 1`);
  }
  const problem = Object.entries(fields).find(([name, holds]) => !holds(value[name]));
  if (problem !== undefined)
    throw damagedRecord(path, `its field ${problem[0]} is missing or wrong`);
  if ((value['pid'] === null) !== (value['startTime'] === null))
    throw damagedRecord(path, 'only one of its fields pid and startTime is null');
  return value as unknown as ClaimRecord;
}

type Value = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isId: Check = (value) => isCount(value) && Number(value) < 0xffffffff;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isList =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const hasFields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([name, holds]) => holds(value[name]));
const isMapOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);

const owner = { uid: isId, gid: isId };

const claim = {
  path: (value: unknown) => typeof value === 'string' && value.startsWith('/'),
  device: isText,
  inode: isText,
  node: orNull(isText),
  handle: orNull(isText),
  mount: orNull(hasFields({ device: isText, root: isText, point: isText, type: isText })),
  birth: orNull(isText),
  mode: isCount,
  acl: orAbsent(orNull(isText)),
  from: hasFields(owner),
  to: hasFields(owner),
};

const isSocket = hasFields({ path: claim.path, device: isText, inode: isText });
const isInterface = hasFields({ name: isText, index: isCount, network: orAbsent(isText) });
const isMade: Check = (value) =>
  isObject(value) &&
  ((['socket', 'directory'].includes(String(value['kind'])) && isSocket(value)) ||
    (value['kind'] === 'interface' && isInterface(value)));

const fields: Readonly<Record<string, Check>> = {
  name: isText,
  bootId: isText,
  pid: orNull(isCount),
  startTime: orNull(isText),
  runDirectory: isText,
  identity: hasFields({ ...owner, user: isText, group: isText, groups: isList(isId) }),
  verified: isBoolean,
  status: orNull(isMapOf(isText)),
  landlock: orAbsent(hasFields({ level: isText, abi: isCount })),
  claims: isList(hasFields(claim)),
  made: orAbsent(isList(isMade)),
  timings: isMapOf(isCount),
};

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damagedRecord(path, 'it is no JSON');
  }
}

function isObject(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** VP_LEDGER_DAMAGED: a record that nobody can act on, left as it is. */
export function damagedRecord(path: string, why: string, cause?: unknown): AppError {
  return new AppError('VP_LEDGER_DAMAGED', `the record ${path} cannot be used: ${why}`, {
    cause,
    path,
    hint: 'it is left as it is: compare the owners of its files, put them right, then move it away',
  });
}
