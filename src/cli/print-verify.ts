import { styleText } from 'node:util';
import { withoutControls } from '../errors.ts';
import type { CheckResult, CheckStatus } from '../verify/check.ts';
import { countOf } from '../verify/verify-document.ts';

const colours = { pass: 'green', warn: 'yellow', fail: 'red', skip: 'cyan' } as const;
const titles: readonly (readonly [CheckStatus, string])[] = [
  ['fail', 'failed'],
  ['warn', 'warned'],
  ['skip', 'skipped'],
  ['pass', 'passed'],
];

/** The checks for people: a line for each; below what did not pass, what it was seen by and what helps. */
export function printVerify(results: readonly CheckResult[], hasColour: boolean): string {
  const width = Math.max(...results.map(({ id }) => id.length));
  const lines = results.flatMap((result) => printResult(result, width, hasColour));
  const counts = titles
    .map(([status, title]) => [countOf(results, status), title] as const)
    .filter(([count]) => count > 0)
    .map(([count, title]) => `${count} ${title}`);
  return `${lines.join('\n')}\n\n${counts.join(', ')}\n`;
}

function printResult(
  { id, status, summary, evidence, hint }: CheckResult,
  width: number,
  hasColour: boolean,
): readonly string[] {
  const word = hasColour ? styleText(colours[status], status, { validateStream: false }) : status;
  const head = `${word}  ${id.padEnd(width)}  ${withoutControls(summary)}`;
  if (status === 'pass') return [head];
  const details = [...evidence, ...(hint === '' ? [] : [`hint: ${hint}`])];
  return [head, ...details.map((line) => `      ${withoutControls(line)}`)];
}
