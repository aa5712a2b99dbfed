const patience = 10_000;
const pause = 5;

/** Asks every few milliseconds until there is an answer; null when there is none for ten seconds. */
export function askAgain<Answer>(question: () => Answer | null): Answer | null {
  for (let waited = 0; ; waited += pause) {
    const answer = question();
    if (answer !== null || waited >= patience) return answer;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
}
