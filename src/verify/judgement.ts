import type { AuditCode, Finding } from '../errors.ts';
import type { ProcessFacts } from './process-facts.ts';

export type Verdict = 'pass' | 'warn' | 'fail';

/** `info` is worth showing and no reason for anything; `unread` could not be read and so never passes. */
export type Status = Verdict | 'info' | 'unread';

/** One property of a process, judged: a cell of the page's matrix. */
export interface Property {
  readonly id: string;
  /** A column's heading. */
  readonly title: string;
  /** What it is, short enough for a table. */
  readonly value: string;
  readonly status: Status;
  /** What it means: a sentence of a message, without its capital and its full stop. */
  readonly explanation: string;
  /** What to do, where something is to be done. */
  readonly hint: string;
  /** Of the finding that a status other than `pass` and `info` becomes. */
  readonly code: AuditCode;
}

/** One process with everything that was found out about it. */
export interface Judgement {
  readonly facts: ProcessFacts;
  readonly verdict: Verdict;
  readonly properties: readonly Property[];
  readonly findings: readonly Finding[];
}

/** Names of accounts, where the machine knows them. */
export interface AccountNames {
  user(uid: number): string | null;
  group(gid: number): string | null;
}

export interface Audit {
  readonly judgements: readonly Judgement[];
  /** Of the whole: what could not be seen. */
  readonly findings: readonly Finding[];
  /** Every process could be told from QEMU or was one. */
  readonly isComplete: boolean;
  /** False when with more rights more could be seen. */
  readonly hasRights: boolean;
}

/** The worst verdict of all; `pass` where there is no process. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('warn') ? 'warn' : 'pass';
}
