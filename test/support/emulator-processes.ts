import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that has become the emulator and bears this word among its arguments. */
export interface EmulatorProcess {
  readonly pid: number;
  readonly status: Readonly<Record<string, string>>;
}

/** Every process that runs the emulator with `word` in its command line, zombies left out. */
export function findEmulators(emulator: string, word: string): readonly EmulatorProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readProcess(Number(pid), emulator, word));
}

function readProcess(pid: number, emulator: string, word: string): readonly EmulatorProcess[] {
  try {
    if (readlinkSync(`/proc/${pid}/exe`) !== emulator) return [];
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)) return [];
    const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
    const status = Object.fromEntries(
      lines.map((line) => line.split(':\t') as [string, string | undefined]),
    ) as Record<string, string>;
    return [{ pid, status }];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
