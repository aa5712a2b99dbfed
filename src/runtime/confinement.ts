import type { Limits } from '../formats/proc-limits.ts';
import { type Cell, planCell, type Surroundings } from './confinement/cell.ts';
import { testedAbi } from './confinement/landlock-rights.ts';

/** What holds QEMU in, as the plan promises it and verification checks it. */
export interface Confinement {
  /** `kept`: root's, the historic way. */
  readonly capabilities: 'none' | 'kept';
  readonly boundingSet: 'empty' | 'unchanged';
  readonly noNewPrivs: true;
  readonly landlock: {
    /** `full`: all that this program knows; `partial`: what an older kernel can; `off`: nothing. */
    readonly level: 'full' | 'partial' | 'off';
    readonly abi: number;
    readonly rules: number;
  };
  /** By the names of setrlimit(2), lower case without the prefix; what is not named stays as the caller has it. */
  readonly limits: Limits;
  /** QEMU's own `-sandbox`, as the command line has it or as it was added. */
  readonly sandbox: string | null;
}

export interface PlannedConfinement {
  readonly confinement: Confinement;
  readonly cell: Cell;
}

/** Without root the bounding set cannot be changed: it stays as the caller has it, and that is said. */
export function planConfinement(
  mode: 'system' | 'session',
  limits: Limits,
  sandbox: string | null,
  surroundings: Surroundings,
): PlannedConfinement {
  const cell = planCell(surroundings);
  const { keepsCapabilities } = surroundings;
  const confinement: Confinement = {
    capabilities: keepsCapabilities ? 'kept' : 'none',
    boundingSet: mode === 'system' && !keepsCapabilities ? 'empty' : 'unchanged',
    noNewPrivs: true,
    landlock: { level: levelOf(cell.abi), abi: cell.abi, rules: countRules(cell) },
    limits,
    sandbox,
  };
  return { confinement, cell };
}

function countRules({ abi, files, ports }: Cell): number {
  return abi === 0 ? 0 : files.length + ports.length;
}

function levelOf(abi: number): Confinement['landlock']['level'] {
  if (abi === 0) return 'off';
  return abi === testedAbi ? 'full' : 'partial';
}
