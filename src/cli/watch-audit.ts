import { setTimeout as sleep } from 'node:timers/promises';
import { withoutControls } from '../errors.ts';
import { auditDocument } from '../verify/audit-document.ts';
import type { AccountNames, Audit } from '../verify/judgement.ts';
import type { Context } from './context.ts';
import { printAudit } from './print-audit.ts';
import { printChanges } from './print-audit-changes.ts';

export interface Watch {
  readonly format: 'table' | 'json' | 'prometheus';
  /** Seconds from one audit to the next. */
  readonly interval: number;
  readonly names: AccountNames;
  readonly read: () => Audit;
  /** Writes what else is to be written of an audit. */
  readonly write: (audit: Audit) => void;
}

const interrupted = 130;
const clearScreen = '\x1b[H\x1b[2J\x1b[3J';

/** Audits again and again until somebody interrupts it or stops reading: redraws a terminal, else says what changed. */
export async function watchAudit(context: Context, watch: Watch): Promise<number> {
  let before: Audit | null = null;
  while (!context.signal.aborted && context.hasReader()) {
    const audit = watch.read();
    if (before === null || printChanges(before, audit, false) !== '') watch.write(audit);
    const text = describe(context, watch, before, audit);
    if (text !== '') context.writeOut(text);
    before = audit;
    await pause(watch.interval, context.signal);
  }
  return context.signal.aborted ? interrupted : 0;
}

function describe(context: Context, watch: Watch, before: Audit | null, audit: Audit): string {
  const { hasColour, isTerminal } = context;
  if (watch.format === 'json') return describeJson(watch, before, audit);
  if (isTerminal) return `${clearScreen}${describeWhole(audit, hasColour)}`;
  if (before === null) return describeWhole(audit, hasColour);
  return printChanges(before, audit, hasColour);
}

function describeWhole(audit: Audit, hasColour: boolean): string {
  const blindSpots = audit.findings.map(({ message }) => `${withoutControls(message)}\n`);
  return [...blindSpots, printAudit(audit, hasColour)].join('');
}

// One document on a line, whenever something is different.
function describeJson({ names }: Watch, before: Audit | null, audit: Audit): string {
  if (before !== null && printChanges(before, audit, false) === '') return '';
  return `${JSON.stringify({ version: 1, ...auditDocument(audit, names) })}\n`;
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
