import { styleText } from 'node:util';
import { type Finding, withoutControls } from '../errors.ts';
import { nameOf } from '../verify/audit-document.ts';
import { describeCounts } from '../verify/describe-counts.ts';
import type { Audit, Judgement, Verdict } from '../verify/judgement.ts';
import { printTable } from './print-table.ts';

const columns = ['user', 'effective', 'bounding', 'no-new-privs', 'seccomp', 'threads'];
const titles = ['USER', 'EFFECTIVE', 'BOUNDING', 'NO_NEW_PRIVS', 'SECCOMP', 'THREADS'];

/** The audit for people: a line for each process, then what was found, then the sum. */
export function printAudit(audit: Audit, hasColour: boolean): string {
  const { judgements } = audit;
  const sum = `${describeCounts(audit)}\n`;
  if (judgements.length === 0) return sum;
  const table = printTable([
    ['VERDICT', 'PID', 'NAME', ...titles, 'STARTED BY'],
    ...judgements.map(rowOf),
  ]);
  const findings = judgements.flatMap((judgement) => printProblems(judgement, hasColour));
  return [table, ...findings, '\n', sum].join('');
}

function rowOf({ facts, verdict, properties }: Judgement): readonly string[] {
  const values = columns.map((id) => properties.find((each) => each.id === id)?.value ?? '');
  const row = [verdict, String(facts.pid), nameOf(facts), ...values, facts.startedBy];
  return row.map(withoutControls);
}

/** What was found out about one process, each with its hint; nothing when it passes. */
export function printProblems(
  { facts, findings }: Judgement,
  hasColour: boolean,
): readonly string[] {
  if (findings.length === 0) return [];
  const head = withoutControls(`${nameOf(facts)}, pid ${facts.pid}:`);
  return [`\n${head}\n`, ...findings.map((finding) => printProblem(finding, hasColour))];
}

function printProblem({ severity, message, hint }: Finding, hasColour: boolean): string {
  const level = paint(severity === 'error' ? 'fail' : 'warn', severity, hasColour);
  return `  ${level}: ${withoutControls(message)}\n    hint: ${withoutControls(hint)}\n`;
}

const colours = { pass: 'green', warn: 'yellow', fail: 'red' } as const;

/** A word in the colour of its verdict. */
export function paint(verdict: Verdict, text: string, hasColour: boolean): string {
  return hasColour ? styleText(colours[verdict], text, { validateStream: false }) : text;
}
