export interface Stopwatch {
  /** Notes that a step is done now. */
  mark(step: string): void;
  /** Microseconds from the process's start to each step. */
  readings(): Readonly<Record<string, number>>;
}

/** A stopwatch that runs since the process began, Node's own start included. */
export function startStopwatch(): Stopwatch {
  const readings: Record<string, number> = {};
  return {
    mark: (step) => {
      readings[step] = Math.round(performance.now() * 1000);
    },
    readings: () => ({ ...readings }),
  };
}
