import { escapeHtml } from './html.ts';

/** One case of a test report. */
export interface JUnitCase {
  readonly name: string;
  readonly seconds: number;
  /** `error`: it could not be run, and that counts. */
  readonly result: 'passed' | 'failure' | 'error' | 'skipped';
  readonly message: string;
  /** Lines beside the message. */
  readonly details: readonly string[];
}

/** A test report in the XML that pipelines read, as Ant's JUnit task first wrote it; any text may stand in it. */
export function printJUnit(suite: string, cases: readonly JUnitCase[]): string {
  const count = (wanted: JUnitCase['result']) =>
    cases.filter(({ result }) => result === wanted).length;
  const counts = {
    name: suite,
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: cases.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `<testsuite${printAttributes(counts)}>`,
    ...cases.map((each) => printCase(suite, each)),
    '</testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function printCase(suite: string, { name, seconds, result, message, details }: JUnitCase): string {
  const head = printAttributes({ classname: suite, name, time: seconds.toFixed(3) });
  const text = [...(result === 'passed' ? [message] : []), ...details].map(escapeHtml).join('\n');
  const body =
    result === 'passed'
      ? `<system-out>${text}</system-out>`
      : `<${result}${printAttributes({ message })}>${text}</${result}>`;
  return `<testcase${head}>${body}</testcase>`;
}

function printAttributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeHtml(String(value))}"`)
    .join('');
}
