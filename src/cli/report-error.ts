import { describeError } from '../errors.ts';
import type { Context, GlobalOptions } from './context.ts';

/** Says what failed, with `--json` as a document too, and gives the exit status that belongs to it. */
export function reportError(
  context: Pick<Context, 'writeOut' | 'writeError' | 'isJournal'>,
  { json = false }: { readonly json?: GlobalOptions['json'] | boolean },
  error: unknown,
): number {
  const style = { json, journal: context.isJournal };
  const { stdout, stderr, exitCode } = describeError(error, 'provision', style);
  context.writeOut(stdout);
  context.writeError(stderr);
  return exitCode;
}
