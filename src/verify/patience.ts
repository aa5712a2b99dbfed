import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until there is an answer; null when the time (ms) is over first. Throws the signal's reason once it is aborted. */
export async function awaitAnswer<T>(
  ask: () => T | null,
  patience: number,
  signal: AbortSignal | null,
): Promise<T | null> {
  for (const limit = performance.now() + patience; ; await sleep(20)) {
    signal?.throwIfAborted();
    const answer = ask();
    if (answer !== null || performance.now() > limit) return answer;
  }
}
