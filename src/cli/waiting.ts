import { messageLine } from '../errors.ts';
import type { Waiting } from '../host/journal/lock.ts';
import type { Context } from './context.ts';

/** With `--wait`, what a run says while another one is at work; without, it gives up. */
export function waitingFor(context: Context, { wait }: { readonly wait?: true }): Waiting {
  if (wait === undefined) return null;
  const say = (text: string) => {
    context.writeError(messageLine('provision', 'info', text, context.isJournal));
  };
  return { signal: context.signal, say };
}
