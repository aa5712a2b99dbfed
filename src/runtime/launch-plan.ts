import type { Finding } from '../errors.ts';
import { type Limit, type LimitName, type Limits, limitNames } from '../formats/proc-limits.ts';
import type { WantedClaim } from './claims/open-claim.ts';
import type { Confinement } from './confinement.ts';
import type { Identity } from './identity.ts';
import type { Resource } from './preflight.ts';
import type { Directories } from './request.ts';

/** An open descriptor that QEMU gets, under a number that its arguments name. */
export interface KeptDescriptor {
  readonly number: number;
  /** Where it comes from: the caller has it open under the same number. */
  readonly source: 'caller';
  /** The arguments that name it. */
  readonly from: readonly string[];
}

export interface LaunchPlan {
  readonly mode: 'system' | 'session';
  readonly name: string;
  readonly emulator: string;
  readonly identity: Identity;
  readonly resources: readonly Resource[];
  /** By number, each once; every other one above 2 is closed. */
  readonly descriptors: readonly KeptDescriptor[];
  readonly findings: readonly Finding[];
  readonly confinement: Confinement;
  /** What QEMU is started with, its own name first. */
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  readonly umask: number;
  readonly directories: Directories;
  readonly report: string | null;
}

/** A path, and which file it has been found to be; numbers as decimal text. */
export interface KnownFile {
  readonly path: string;
  readonly device: string;
  readonly inode: string;
}

/** The plan's claims: whose owner changes, in order, and what each must be. */
export function plannedClaims(plan: LaunchPlan): readonly WantedClaim[] {
  return plan.resources
    .filter(({ action }) => action === 'claim')
    .map(({ path, isDevice = false }) => ({ path, isDevice }));
}

/** What must not be overlooked: with any of these nothing is started. */
export function refusals(plan: LaunchPlan): readonly Finding[] {
  return plan.findings.filter(({ severity }) => severity === 'error');
}

/**
 * The plan as the words that qemu-exec reads (native/plan.h): NUL-terminated,
 * in a fixed order. `parent` is the pid whose death QEMU must share; 0: nobody's.
 * `files` are opened again, and must still be the same.
 */
export function serialisePlan(
  plan: LaunchPlan,
  parent: number,
  files: readonly KnownFile[] = [],
): Uint8Array {
  const { identity } = plan;
  const words = [
    'virt-privileges-plan',
    '1',
    plan.name,
    plan.mode,
    ...[identity.uid, identity.gid].map(String),
    ...counted(identity.groups.map(String)),
    plan.umask.toString(8),
    String(parent),
    ...limitWords(plan.confinement.limits),
    ...counted(plan.descriptors.map(({ number }) => String(number))),
    String(files.length),
    ...files.flatMap(({ path, device, inode }) => [path, device, inode]),
    plan.emulator,
    ...counted(plan.argv),
    ...counted(plan.environment),
  ];
  return Buffer.from(words.map((word) => `${word}\0`).join(''));
}

/** Their count, then number, soft and hard limit of each. */
function limitWords(limits: Limits): readonly string[] {
  const list = Object.entries(limits);
  const words = list.flatMap(([name, pair]) => [
    String(limitNames.indexOf(name as LimitName)),
    ...pair.map(limitWord),
  ]);
  return [String(list.length), ...words];
}

// RLIM_INFINITY.
function limitWord(limit: Limit): string {
  return limit === 'unlimited' ? '18446744073709551615' : String(limit);
}

function counted(words: readonly string[]): readonly string[] {
  return [String(words.length), ...words];
}
