import { closeSync, readSync, writeSync } from 'node:fs';
import { AppError } from '../errors.ts';
import type { GivenFiles, LaunchPlan } from './launch-plan.ts';
import { serialisePlan } from './launch-plan.ts';
import type { Native, Placement } from './native.ts';
import type { Stopwatch } from './stopwatch.ts';

const killSignal = 9;

export interface Launcher {
  readonly native: Native;
  readonly executor: string;
  /** The program that stays as the parent of `run`'s QEMU. */
  readonly waiter: string;
  /** The words that start this program again, to give back what was claimed. */
  readonly self: readonly string[];
  readonly pid: number;
  readonly stopwatch: Stopwatch;
  /** NOTIFY_SOCKET: who waits for QEMU to be ready; null: nobody. */
  readonly notifySocket: string | null;
  readonly say: (level: 'warning' | 'info', message: string) => void;
}

/** QEMU, or what is about to become it. */
export interface Child {
  readonly pid: number;
  readonly pidfd: number;
}

/** The executor, waiting for the word to go on, and the two ends that the launcher holds. */
export interface Executor extends Child {
  readonly statusEnd: number;
  readonly goEnd: number;
}

/** Starts qemu-exec on the plan, with the claimed files and what QEMU keeps; it does nothing before `releaseExecutor`. */
export function startExecutor(
  launcher: Launcher,
  plan: LaunchPlan,
  open: GivenFiles,
  kept: readonly Placement[],
): Executor {
  const { native } = launcher;
  // What it works with must not take a number that QEMU keeps.
  const [planNumber = 0, statusNumber = 0, goNumber = 0, ...others] = freeNumbers(
    plan,
    3 + open.size,
  );
  const given = new Map([...open.keys()].map((path, index) => [path, others[index] ?? 0]));
  const memory = native.sealedMemory('launch-plan', serialisePlan(plan, launcher.pid, given));
  const [statusEnd, statusWrite] = native.pipe();
  const [goRead, goEnd] = native.pipe();
  const work = { '--plan': planNumber, '--status': statusNumber, '--go': goNumber };
  const child = native.spawn({
    path: launcher.executor,
    argv: ['qemu-exec', ...Object.entries(work).flat().map(String)],
    env: [],
    descriptors: [
      ...[0, 1, 2].map((number): Placement => [number, number]),
      [memory, planNumber],
      [statusWrite, statusNumber],
      [goRead, goNumber],
      ...[...open].map(([path, own]): Placement => [own, given.get(path) ?? own]),
      ...kept,
    ],
  });
  for (const descriptor of [memory, statusWrite, goRead]) closeSync(descriptor);
  return { ...child, statusEnd, goEnd };
}

/** So many numbers that no descriptor of QEMU's has. */
export function freeNumbers({ descriptors }: LaunchPlan, count: number): readonly number[] {
  const taken = new Set(descriptors.map(({ number }) => number));
  const candidates = Array.from({ length: taken.size + count }, (_, index) => index + 3);
  return candidates.filter((number) => !taken.has(number)).slice(0, count);
}

/** Each of these under its own number, or where somebody else has that, above all. */
export function placeOwn(
  own: readonly number[],
  others: readonly Placement[],
): readonly Placement[] {
  const taken = new Set(others.map(([, number]) => number));
  let next = Math.max(0, ...taken, ...own);
  return own.map((number) => [number, taken.has(number) ? ++next : number]);
}

/**
 * Lets the executor go on and returns when it has become the emulator;
 * VP_NATIVE_STEP names a step that failed.
 */
export function releaseExecutor(launcher: Launcher, plan: LaunchPlan, executor: Executor): void {
  try {
    giveWord(executor.goEnd);
    requireExec(plan, executor.statusEnd);
  } finally {
    closeSync(executor.goEnd);
    closeSync(executor.statusEnd);
  }
  launcher.stopwatch.mark('executed');
}

// An executor that has failed already is gone: what it reported says more than a broken pipe.
function giveWord(goEnd: number): void {
  try {
    writeSync(goEnd, 'g');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/**
 * The status pipe names the step that failed, or ends without a word when exec
 * has closed it. So does a death before exec: verification then finds the ids of root.
 */
function requireExec(plan: LaunchPlan, statusEnd: number): void {
  const bytes = Buffer.alloc(512);
  const length = readSync(statusEnd, bytes);
  if (length === 0) return;
  const [step = '', errno = '0', why = ''] = bytes.toString('utf8', 0, length).split('\0');
  throw stepFailed(plan, step, Number(errno), why);
}

function stepFailed(plan: LaunchPlan, step: string, errno: number, why: string): AppError {
  if (step !== 'exec') {
    return new AppError('VP_NATIVE_STEP', `step ${step} of the launch failed: ${why}`, {
      hint: 'QEMU was not started; docs/launch-steps.md says what each step needs',
    });
  }
  const code = errno === 2 ? 'VP_EMULATOR_NOT_FOUND' : 'VP_EMULATOR_NOT_EXECUTABLE';
  return new AppError(code, `cannot execute ${plan.emulator}: ${why}`, {
    path: plan.emulator,
    hint: 'give the path of a QEMU system emulator that its user may execute',
  });
}

/** Runs `use`; when it fails the child is killed and waited for before anybody gives its files back. */
export function withKill(launcher: Launcher, child: Child, use: () => never): never {
  try {
    return use();
  } catch (error) {
    // A child that has ended by itself takes the signal as well until it is waited for.
    launcher.native.sendSignal(child.pidfd, killSignal);
    launcher.native.waitFor(child.pidfd, -1);
    throw error;
  }
}
