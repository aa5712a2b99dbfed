import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessFacts } from '../../src/verify/process-facts.ts';
import { readSurvey } from '../../src/verify/survey.ts';
import { awaitReady, emulator, paused } from './launcher.ts';

/** What a copy of the emulator elsewhere needs to find its parts, as QEMU_MODULE_DIR. */
export const moduleDirectory = '/usr/lib/x86_64-linux-gnu/qemu';
const env = { ...process.env, QEMU_MODULE_DIR: moduleDirectory };

/** Starts a real paused QEMU behind a wrapper that becomes it, and ends it with the test; its pid, once it is ready. */
export async function startEmulator(
  context: TestContext,
  wrapper: readonly string[] = [],
  words: readonly string[] = [],
  program: string = emulator,
): Promise<number> {
  const child = startProgram(context, [...wrapper, program, ...paused.slice(1), ...words]);
  const pid = child.pid ?? 0;
  await awaitReady(pid);
  return pid;
}

/** Starts any program, and ends it with the test. */
export function startProgram(context: TestContext, words: readonly string[]): ChildProcess {
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, { cwd: '/', env, stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  return child;
}

/** The survey of this machine. */
export function surveyMachine(stateDirectory = '/nonexistent') {
  return readSurvey({ root: '', stateDirectory });
}

/** What the survey says of one process; undefined when it is not among them. */
export function factsOfPid(pid: number, stateDirectory?: string): ProcessFacts | undefined {
  return surveyMachine(stateDirectory).processes.find((facts) => facts.pid === pid);
}

/** Waits until the condition gives a value. */
export async function awaitValue<T>(find: () => T | undefined): Promise<T> {
  for (const from = Date.now(); Date.now() - from < 20_000; await sleep(20)) {
    const value = find();
    if (value !== undefined) return value;
  }
  throw new Error('it never came');
}
