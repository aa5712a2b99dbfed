import { messageLine } from '../../errors.ts';
import type { Layout } from '../../generate/payload.ts';
import { writeOutput } from '../../host/output-directory.ts';
import { type Context, type GlobalOptions, writeJson } from '../context.ts';
import { makePayload, readInputs } from '../read-inputs.ts';

export interface GenerateOptions extends GlobalOptions {
  readonly out: string;
  readonly layout: Layout;
}

/** Writes the payload, the fragments, the example spec and the manifest. */
export async function runGenerate(context: Context, options: GenerateOptions): Promise<number> {
  const payload = makePayload(readInputs(context, options), options.layout);
  writeOutput(options.out, payload.files);
  if (options.json) {
    const files = payload.files.map(({ text: _, ...file }) => file);
    writeJson(context, { ...payload, out: options.out, files });
  } else {
    const text = `wrote ${payload.files.length} files for ${payload.target} to ${options.out}`;
    context.writeError(messageLine('provision', 'info', text, context.isJournal));
  }
  return 0;
}
