import { AppError, type Finding } from '../errors.ts';

/** What is always checked. */
export const usualIds = [
  'accounts',
  'device',
  'kvm-unprivileged',
  'qemu-conf',
  'processes',
] as const;

export type UsualId = (typeof usualIds)[number];
export type CheckId = UsualId | 'launch' | 'libvirt' | 'session';

/** `skip`: it could not be found out; that is never a `pass`. */
export type CheckStatus = 'pass' | 'warn' | 'fail' | 'skip';

/** What came of a check. */
export interface Outcome {
  readonly status: CheckStatus;
  /** One line: what was found, or why nothing could be. */
  readonly summary: string;
  /** What that was seen by, in lines. */
  readonly evidence: readonly string[];
  /** What to do; empty where nothing is to be done. */
  readonly hint: string;
}

export interface Check {
  readonly id: CheckId;
  readonly run: () => Outcome | Promise<Outcome>;
}

export interface CheckResult extends Outcome {
  readonly id: CheckId;
  readonly seconds: number;
}

/** Runs one check after the other. Throws the signal's reason once it is aborted. */
export async function runChecks(
  checks: readonly Check[],
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    signal.throwIfAborted();
    const start = performance.now();
    const outcome = await attempt(check);
    results.push({ id: check.id, ...outcome, seconds: (performance.now() - start) / 1000 });
  }
  return results;
}

async function attempt({ run }: Check): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'VP_INTERRUPTED') throw error;
    const { code, message, hint = '' } = error;
    const isMissing = code === 'VP_MISSING_PRIVILEGE' || code === 'VP_MISSING_TOOL';
    return isMissing ? skipped(message, hint) : failed(message, hint);
  }
}

export function passed(summary: string, evidence: readonly string[] = []): Outcome {
  return { status: 'pass', summary, evidence, hint: '' };
}

export function warned(summary: string, hint: string, evidence: readonly string[] = []): Outcome {
  return { status: 'warn', summary, evidence, hint };
}

export function failed(summary: string, hint: string, evidence: readonly string[] = []): Outcome {
  return { status: 'fail', summary, evidence, hint };
}

export function skipped(reason: string, hint: string): Outcome {
  return { status: 'skip', summary: reason, evidence: [], hint };
}

/** The worst of several findings as the outcome, the others as evidence; null when none is an error or a warning. */
export function outcomeOfFindings(
  findings: readonly Finding[],
  evidence: readonly string[],
): Outcome | null {
  const bad = findings.filter(({ severity }) => severity !== 'info');
  const worst = bad.find(({ severity }) => severity === 'error') ?? bad[0];
  if (worst === undefined) return null;
  const others = bad.filter((finding) => finding !== worst).map(({ message }) => message);
  const make = worst.severity === 'error' ? failed : warned;
  return make(worst.message, worst.hint, [...evidence, ...others]);
}
