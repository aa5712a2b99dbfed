import type { FoundFile } from '../files.ts';
import type { Resource } from '../preflight.ts';
import type { Need } from '../qemu-args/needs.ts';
import type { AllowedPath } from '../qemu-args/parse.ts';
import { type FileRule, ruleOf } from './file-rule.ts';
import {
  type HandledRights,
  handledRights,
  holdRights,
  readRights,
  right,
  testedAbi,
  treeRights,
} from './landlock-rights.ts';
import { planResourceRules } from './resource-rules.ts';
import {
  type Emulator,
  planDesktopRules,
  planProgramRules,
  planRemoteRules,
  planSystemRules,
} from './system-rules.ts';

/** What a plan of confinement is made from. */
export interface Surroundings {
  /** Landlock's ABI of this kernel, 0 for none or where it is not wanted. */
  readonly abi: number;
  /** Leave only the TCP ports that the command line names. */
  readonly withTcp: boolean;
  readonly keepsCapabilities: boolean;
  readonly emulator: Emulator;
  /** The TCP ports that the command line names. */
  readonly listPorts: () => readonly number[];
  readonly environment: readonly string[];
  readonly resources: readonly Resource[];
  /** What `--allow` names, as far as it is there. */
  readonly allowed: readonly (AllowedPath & { readonly found: FoundFile })[];
  /** RUN/NAME, which is made before QEMU starts. */
  readonly ownDirectory: string;
  /** Where QEMU makes files of its own besides, for snapshots; null: nowhere. Named by `--env TMPDIR=` it is there. */
  readonly temporaryDirectory: { readonly path: string; readonly isNamed: boolean } | null;
  /** The command line makes QEMU start other programs. */
  readonly startsPrograms: boolean;
  /** What the command line asks for besides. */
  readonly needs: ReadonlySet<Need>;
  /** QEMU makes machine code as it runs: no TCG, no display that does. */
  readonly makesCode: boolean;
}

/** What qemu-exec denies besides Landlock (native/plan.h). */
export const denied = {
  newCode: 1,
  attributes: 2,
  scheduling: 4,
  rings: 8,
  namespaces: 16,
} as const;

/** What QEMU may do with a TCP port, as Landlock's bits: listen and connect. */
export interface PortRule {
  readonly rights: number;
  readonly port: number;
}

/** What qemu-exec builds around QEMU. */
export interface Cell {
  /** What of Landlock is used; 0: nothing. */
  readonly abi: number;
  readonly handled: HandledRights;
  readonly files: readonly FileRule[];
  readonly ports: readonly PortRule[];
  readonly denied: number;
  /** What the process executes; null where that cannot be known: a script. */
  readonly executed: FoundFile | null;
}

function rulePort(port: number): PortRule {
  return { rights: 0b11, port };
}

/** Pure: the same surroundings give the same cell. */
export function planCell(given: Surroundings): Cell {
  const abi = Math.min(given.abi, testedAbi);
  const handled = handledRights(abi, given.withTcp);
  return {
    abi,
    handled,
    files: abi === 0 ? neededFiles(given) : planFiles(given),
    ports: handled.ports === 0 ? [] : given.listPorts().map(rulePort),
    denied: planDenied(given),
    executed: given.emulator.program.kind === 'elf' ? given.emulator.found : null,
  };
}

// Without Landlock too they are opened, made where they are missing and known again.
function neededFiles(given: Surroundings): readonly FileRule[] {
  return planFiles(given).filter(
    ({ how, found }) => how !== 'optional' && (found !== null || how !== 'path'),
  );
}

function planFiles(given: Surroundings): readonly FileRule[] {
  const { emulator, resources, ownDirectory, temporaryDirectory } = given;
  const rules = [
    ...planSystemRules(emulator),
    ...(startsOthers(given) ? planProgramRules() : []),
    ...planRemoteRules(given.needs, given.environment),
    ...(usesDesktop(given) ? desktopRules(given.environment) : []),
    {
      how: 'path',
      rights: treeRights,
      path: ownDirectory,
      found: null,
    } as const,
    ...(temporaryDirectory === null ? [] : [temporaryRule(temporaryDirectory)]),
    ...planResourceRules(resources, ownDirectory),
    ...given.allowed.map(({ path, access, found }) =>
      ruleOf(
        path,
        found,
        access === 'rw' ? treeRights | right.deviceControl : readRights | right.deviceControl,
      ),
    ),
  ];
  return [
    ...new Map(rules.map((rule) => [`${rule.how} ${rule.rights} ${rule.path}`, rule])).values(),
  ];
}

function temporaryRule({
  path,
  isNamed,
}: NonNullable<Surroundings['temporaryDirectory']>): FileRule {
  return { how: isNamed ? 'path' : 'directory', rights: holdRights, path, found: null };
}

/** A script that stands for the emulator, or helpers of QEMU's: what they run nobody can foresee. */
function startsOthers({ emulator, startsPrograms }: Surroundings): boolean {
  return startsPrograms || emulator.program.kind === 'script';
}

function usesDesktop({ environment, needs }: Surroundings): boolean {
  return (
    environment.some((variable) => /^(?:DISPLAY|WAYLAND_DISPLAY)=/.test(variable)) ||
    needs.has('desktop')
  );
}

function desktopRules(environment: readonly string[]): readonly FileRule[] {
  const value = (name: string) =>
    environment.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
  return planDesktopRules(value('HOME'), value('XAUTHORITY'));
}

function planDenied(given: Surroundings): number {
  const { needs, resources, makesCode } = given;
  return (
    (makesCode ? 0 : denied.newCode) |
    (sharesFiles(resources) ? 0 : denied.attributes) |
    (needs.has('affinity') ? 0 : denied.scheduling) |
    (needs.has('rings') ? 0 : denied.rings) |
    // Helpers may lock themselves in by such means.
    (startsOthers(given) ? 0 : denied.namespaces)
  );
}

// As it was given, or in a file of -readconfig.
const sharing = /^--?(?:fsdev|virtfs) | \[(?:fsdev|virtfs)\]$/;

/** 9p gives the guest's owners, modes and times to files by name. */
export function sharesFiles(resources: readonly Resource[]): boolean {
  return resources.some(
    ({ kind, access, from }) =>
      kind === 'filesystem' && access === 'rw' && from.some((text) => sharing.test(text)),
  );
}
