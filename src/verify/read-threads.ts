import { parseProcStatus } from '../formats/proc-status.ts';
import type { ThreadFacts } from './process-facts.ts';
import { type Reading, readNumbers, readText } from './read-proc.ts';

// A process that makes threads for ever is not worth waiting for: what was seen until then is judged.
const mostRounds = 20;

/** Every thread of a process, until no new one has come meanwhile. */
export function readThreads(base: string): Reading<readonly ThreadFacts[]> {
  const seen = new Map<number, ThreadFacts | null>();
  for (let round = 0; round < mostRounds; round += 1) {
    const threads = readNumbers(`${base}/task`);
    if (threads.kind !== 'value') return threads;
    const fresh = threads.value.filter((thread) => !seen.has(thread));
    if (fresh.length === 0) break;
    for (const thread of fresh) {
      const text = readText(`${base}/task/${thread}/status`);
      if (text.kind === 'refused') return text;
      const facts = text.kind === 'value' ? { thread, status: parseProcStatus(text.value) } : null;
      seen.set(thread, facts);
    }
  }
  return { kind: 'value', value: [...seen.values()].filter((facts) => facts !== null) };
}
