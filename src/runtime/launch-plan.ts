import type { Finding } from '../errors.ts';
import { type Limit, type LimitName, type Limits, limitNames } from '../formats/proc-limits.ts';
import type { WantedClaim } from './claims/open-claim.ts';
import type { Cell } from './confinement/cell.ts';
import type { FileRule } from './confinement/file-rule.ts';
import type { Confinement } from './confinement.ts';
import type { Identity } from './identity.ts';
import type { Resource } from './preflight.ts';
import type { HandedDescriptor, Tap } from './qemu-args/handover.ts';
import type { Directories } from './request.ts';

/** An open descriptor that QEMU gets, under a number that its arguments name: the caller's, or one that the launcher opens. */
export type KeptDescriptor = CallerDescriptor | HandedDescriptor;

export interface CallerDescriptor {
  readonly number: number;
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
  /** Interfaces that must stay for QEMU to open them by itself: a service's. */
  readonly taps: readonly Tap[];
  /** Directories that are made for QEMU in those of root. */
  readonly places: readonly string[];
  readonly findings: readonly Finding[];
  readonly confinement: Confinement;
  readonly cell: Cell;
  /** What QEMU is started with, its own name first. */
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  readonly umask: number;
  /** Where QEMU starts: relative names in its arguments are taken from there. */
  readonly directory: string;
  /** /proc/PID/oom_score_adj; null: as it is where QEMU is started. */
  readonly oomScore: number | null;
  readonly directories: Directories;
  readonly report: string | null;
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
 * `given`: the numbers under which qemu-exec finds files open that were judged and claimed; every other file it opens
 * again by name, and refuses another one in its place.
 */
export function serialisePlan(
  plan: LaunchPlan,
  parent: number,
  given: GivenFiles = new Map(),
): Uint8Array {
  const { identity } = plan;
  const words = [
    'virt-privileges-plan',
    '2',
    plan.name,
    plan.mode,
    ...[identity.uid, identity.gid].map(String),
    ...counted(identity.groups.map(String)),
    plan.umask.toString(8),
    String(parent),
    ...limitWords(plan.confinement.limits),
    ...counted(plan.descriptors.map(({ number }) => String(number))),
    plan.confinement.capabilities,
    plan.oomScore === null ? '-' : String(plan.oomScore),
    plan.directory,
    ...cellWords(plan.cell, given),
    plan.emulator,
    ...counted(plan.argv),
    ...counted(plan.environment),
  ];
  return Buffer.from(words.map((word) => `${word}\0`).join(''));
}

/** Open descriptors of files, by path. */
export type GivenFiles = ReadonlyMap<string, number>;

function cellWords({ denied, handled, files, ports }: Cell, given: GivenFiles): readonly string[] {
  const rights = [handled.files, handled.ports, handled.scopes, handled.flags];
  return [
    ...[denied, ...rights, files.length].map(String),
    ...files.flatMap((rule) => fileWords(rule, given)),
    String(ports.length),
    ...ports.flatMap(({ rights: asked, port }) => [String(asked), String(port)]),
  ];
}

function fileWords({ how, rights, path, found }: FileRule, given: GivenFiles): readonly string[] {
  const number = how === 'path' ? given.get(path) : undefined;
  const first = number === undefined ? how : String(number);
  return [first, String(rights), found?.device ?? '0', found?.inode ?? '0', path];
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
