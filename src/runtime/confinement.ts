import type { Limits } from '../formats/proc-limits.ts';

/** What holds QEMU in, as the plan promises it and verification checks it. */
export interface Confinement {
  readonly capabilities: 'none';
  readonly boundingSet: 'empty' | 'unchanged';
  readonly noNewPrivs: true;
  readonly landlock: {
    readonly level: 'off';
    readonly abi: number;
    readonly rules: number;
  };
  /** By the names of setrlimit(2), lower case without the prefix; what is not named stays as the caller has it. */
  readonly limits: Limits;
  /** QEMU's own `-sandbox`, as the command line has it. */
  readonly sandbox: string | null;
}

/** Without root the bounding set cannot be changed: it stays as the caller has it, and that is said. */
export function planConfinement(
  mode: 'system' | 'session',
  limits: Limits,
  sandbox: string | null,
): Confinement {
  return {
    capabilities: 'none',
    boundingSet: mode === 'system' ? 'empty' : 'unchanged',
    noNewPrivs: true,
    landlock: { level: 'off', abi: 0, rules: 0 },
    limits,
    sandbox,
  };
}
