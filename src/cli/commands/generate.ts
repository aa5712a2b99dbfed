import { type Finding, messageLine } from '../../errors.ts';
import type { GenerateOptions as PayloadOptions } from '../../generate/options.ts';
import type { Payload } from '../../generate/payload.ts';
import { compareOutput, type Difference } from '../../host/output/compare-output.ts';
import { writeOutput } from '../../host/output/output-directory.ts';
import { type Context, type GlobalOptions, writeFindings, writeJson } from '../context.ts';
import { makePayload, makeUnion } from '../make-payload.ts';
import { printCount } from '../print-count.ts';
import { readInputs } from '../read-inputs.ts';
import { printUnifiedDiff } from '../unified-diff.ts';

export interface GenerateOptions
  extends GlobalOptions,
    Pick<PayloadOptions, 'layout' | 'delivery'> {
  readonly out: string;
  readonly check?: true;
}

/** Writes the payload, the fragments, the example spec and the manifest, or with --check compares them. */
export async function runGenerate(context: Context, options: GenerateOptions): Promise<number> {
  const payload =
    options.target === 'all'
      ? makeUnion(context, options, options)
      : makePayload(readInputs(context, options), options);
  return options.check === true
    ? check(context, options, payload)
    : write(context, options, payload);
}

function write(context: Context, options: GenerateOptions, payload: Payload): number {
  writeOutput(options.out, payload.files);
  writeFindings(context, distinct(payload.findings));
  if (options.json) {
    const files = payload.files.map(({ text: _, ...file }) => file);
    writeJson(context, { ...payload, out: options.out, files });
  } else {
    const text = `wrote ${printCount(payload.files.length, 'file')} for ${payload.target} to ${options.out}`;
    context.writeError(messageLine('provision', 'info', text, context.isJournal));
  }
  return 0;
}

/** 0 when the directory holds just what would be written, else the differences and 3. */
function check(context: Context, { out, json }: GenerateOptions, payload: Payload): number {
  const differences = compareOutput(out, payload.files).map((difference) => ({
    ...difference,
    diff: printUnifiedDiff(difference),
  }));
  if (json) writeJson(context, { target: payload.target, out, differences: forJson(differences) });
  else context.writeOut(differences.map(({ diff }) => diff).join(''));
  if (differences.length > 0 && !json) sayDifferences(context, out, differences.length);
  return differences.length === 0 ? 0 : 3;
}

function forJson(differences: readonly (Difference & { readonly diff: string })[]) {
  return differences.map(({ name, kind, diff }) => ({ name, kind, diff }));
}

function sayDifferences(context: Context, out: string, count: number): void {
  const text = `${printCount(count, 'file')} in ${out} would be written otherwise`;
  context.writeError(messageLine('provision', 'error', text, context.isJournal));
  const hint = 'without --check the same command writes them';
  context.writeError(messageLine('provision', 'hint', hint, context.isJournal));
}

// In a set for many targets each has its say of the same policy.
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}
