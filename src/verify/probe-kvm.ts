import { getSystemErrorMap } from 'node:util';
import { AppError } from '../errors.ts';
import { runToEnd } from './child.ts';
import { type Person, wordsAs } from './run-as.ts';

/** What came of opening /dev/kvm and making an empty guest. */
export interface KvmProbe {
  /** Where it ended; `done`: nowhere. */
  readonly step: 'open' | 'device' | 'version' | 'create' | 'done';
  /** An errno; 0 when the answer itself was the wrong one. */
  readonly error: number;
  /** What the kernel answered last. */
  readonly number: number;
  /** The kernel's words; empty without an error. */
  readonly text: string;
}

const patience = 20_000;
const node = '/dev/kvm';

/** A real process of that user tries. Throws VP_TOOL_FAILED when it could not be made. */
export async function probeKvm(
  verifyExec: string,
  person: Person,
  signal: AbortSignal,
): Promise<KvmProbe> {
  const words = wordsAs(verifyExec, person, 'probe-kvm', node);
  const { stdout, stderr } = await runToEnd(words, patience, signal);
  const probe = parseProbe(stdout);
  if (probe !== null) return probe;
  const why = stderr.trim() || 'it gave no answer';
  throw new AppError('VP_TOOL_FAILED', `cannot try ${node} out as ${person.name}: ${why}`);
}

function parseProbe(line: string): KvmProbe | null {
  const match = /^(open|device|version|create|done)\t(\d+)\t(\d+)\n$/.exec(line);
  if (match === null) return null;
  const [, step, error, number] = match;
  return {
    step: step as KvmProbe['step'],
    error: Number(error),
    number: Number(number),
    text: getSystemErrorMap().get(-Number(error))?.[1] ?? '',
  };
}
