import { styleText } from 'node:util';
import { type Finding, withoutControls } from '../errors.ts';

const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** Findings for people: `FILE:LINE: SEVERITY: MESSAGE`, each with its hint on a line below. */
export function printFindings(findings: readonly Finding[], hasColour: boolean): string {
  if (findings.length === 0) return 'no findings\n';
  return `${findings.map((finding) => printFinding(finding, hasColour)).join('')}${printCounts(findings)}\n`;
}

function printFinding(finding: Finding, hasColour: boolean): string {
  const { path, line, column, severity, message, hint } = finding;
  const place = [path, line, column].filter((part) => part !== undefined).join(':');
  const level = hasColour
    ? styleText(colours[severity], severity, { validateStream: false })
    : severity;
  const where = place === '' ? '' : `${withoutControls(place)}: `;
  const hints = hint.split('\n').filter((text) => text !== '');
  return [
    `${where}${level}: ${withoutControls(message)}\n`,
    ...hints.map((text) => `  hint: ${withoutControls(text)}\n`),
  ].join('');
}

function printCounts(findings: readonly Finding[]): string {
  const count = (wanted: Finding['severity']) =>
    findings.filter(({ severity }) => severity === wanted).length;
  return `${count('error')} errors, ${count('warning')} warnings, ${count('info')} remarks`;
}
