import type { Finding } from '../../errors.ts';
import { type LintInput, readLintInput } from '../../host/lint/lint-input.ts';
import { type Context, type GlobalOptions, writeJson } from '../context.ts';
import { lintHost } from '../lint-host.ts';
import { lintInput } from '../lint-input.ts';
import { printFindings } from '../print-findings.ts';

/** Looks for what the tools of the target accept and get wrong: in files, or in what a root has. 3: there is some. */
export async function runLint(
  context: Context,
  options: GlobalOptions,
  paths: readonly string[],
): Promise<number> {
  const findings = sortFindings(
    paths.length === 0
      ? await lintHost(context, options)
      : await lintAll(context, options, readLintInput(paths)),
  );
  if (options.json) writeJson(context, { findings });
  else context.writeOut(printFindings(findings, context.hasColour));
  return findings.some(({ severity }) => severity !== 'info') ? 3 : 0;
}

async function lintAll(
  context: Context,
  options: GlobalOptions,
  inputs: readonly LintInput[],
): Promise<readonly Finding[]> {
  const found = [];
  for (const input of inputs) found.push(await lintInput(context, options, input));
  return found.flat();
}

// File by file as they were first met, each from top to bottom.
function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const paths = [...new Set(findings.map(({ path }) => path ?? ''))];
  const rank = ({ path, line }: Finding) => [paths.indexOf(path ?? ''), line ?? 0] as const;
  return findings.toSorted((left, right) => {
    const [a, b] = [rank(left), rank(right)];
    return a[0] - b[0] || a[1] - b[1];
  });
}
