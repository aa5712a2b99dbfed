import { closeSync, readSync, writeSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { takeClaims } from './claims/claim.ts';
import type { GiveBackContext } from './claims/give-back.ts';
import { giveBack, isTrouble } from './claims/give-back.ts';
import { openLedger, withLock, writeRecord } from './claims/ledger.ts';
import type { ClaimRecord } from './claims/record.ts';
import type { RestoreOutcome } from './claims/restore.ts';
import { makeRunDirectory } from './claims/run-directory.ts';
import { replaceFile } from './files.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { claimedPaths, serialisePlan } from './launch-plan.ts';
import type { Native } from './native.ts';
import { readBootId, readProcessStat } from './process-facts.ts';
import { recordDocument } from './record-text.ts';
import type { Stopwatch } from './stopwatch.ts';
import { verifyProcess } from './verification.ts';

const killSignal = 9;
/** The descriptors that qemu-exec finds: the plan, its way to report, the word to go on. */
const planDescriptor = 3;
const statusDescriptor = 4;
const goDescriptor = 5;

export interface Launcher {
  readonly native: Native;
  readonly executor: string;
  /** The words that start this program again, to give back what was claimed. */
  readonly self: readonly string[];
  readonly pid: number;
  readonly stopwatch: Stopwatch;
  readonly say: (level: 'warning' | 'info', message: string) => void;
}

interface Child {
  readonly pid: number;
  readonly pidfd: number;
}

/**
 * Performs a plan: claims, starts qemu-exec, has it become QEMU, reads the
 * process back, and turns this process into the small parent that waits. Any
 * failure in between ends QEMU and gives every file back.
 */
export function runPlan(launcher: Launcher, plan: LaunchPlan): never {
  const context = openContext(launcher, plan);
  const claimed = claim(launcher, context, plan);
  return withGiveBack(launcher, context, claimed, () => {
    makeRunDirectory(plan.directories.run, plan.name, plan.identity);
    const { child, record } = start(launcher, context, plan, claimed);
    return withKill(launcher, child, () => {
      const verified = verify(launcher, context, plan, child, record);
      if (plan.report !== null) writeReport(plan.report, verified);
      return wait(launcher, plan, child);
    });
  });
}

/** Performs a plan by becoming QEMU in this very process; nothing stays to give files back. */
export function executePlan(launcher: Launcher, plan: LaunchPlan): never {
  const context = openContext(launcher, plan);
  const claimed = claim(launcher, context, plan);
  return withGiveBack(launcher, context, claimed, () => {
    makeRunDirectory(plan.directories.run, plan.name, plan.identity);
    const memory = launcher.native.sealedMemory('launch-plan', serialisePlan(plan, 0));
    return launcher.native.execute({
      path: launcher.executor,
      argv: ['qemu-exec', '--plan', String(planDescriptor)],
      env: [],
      descriptors: [0, 1, 2, memory],
    });
  });
}

function openContext(launcher: Launcher, plan: LaunchPlan): GiveBackContext {
  return {
    native: launcher.native,
    ledger: openLedger(plan.directories.state),
    bootId: readBootId(),
    runDirectory: plan.directories.run,
  };
}

function claim(launcher: Launcher, context: GiveBackContext, plan: LaunchPlan): ClaimRecord {
  const { record, cleared, damaged } = takeClaims(
    context,
    draftRecord(launcher, context, plan),
    claimedPaths(plan),
    plan.identity,
  );
  for (const outcome of cleared) sayOutcome(launcher, outcome);
  for (const error of damaged) launcher.say('warning', error.message);
  launcher.stopwatch.mark('claimed');
  return record;
}

function sayOutcome(launcher: Launcher, { path, message, result }: RestoreOutcome): void {
  if (result !== 'already') launcher.say('warning', `left by a VM that is gone: ${path} ${message}`);
}

// Until QEMU has a pid the record bears the launcher's: if that dies, the claims are a dead VM's.
function draftRecord(
  launcher: Launcher,
  context: GiveBackContext,
  plan: LaunchPlan,
): ClaimRecord {
  return {
    version: 1,
    name: plan.name,
    bootId: context.bootId,
    pid: launcher.pid,
    startTime: startTimeOf(launcher.pid),
    identity: plan.identity,
    verified: false,
    status: null,
    claims: [],
    timings: {},
  };
}

function startTimeOf(pid: number): string {
  const stat = readProcessStat(pid);
  if (stat !== null) return stat.startTime;
  throw new AppError('VP_INTERNAL', `process ${pid} has no entry in /proc`, {
    hint: 'mount /proc: claims are bound to the start time of a process',
  });
}

function withGiveBack(
  launcher: Launcher,
  context: GiveBackContext,
  record: ClaimRecord,
  use: () => never,
): never {
  try {
    return use();
  } catch (error) {
    const outcomes = withLock(context.native, context.ledger, () => giveBack(context, record));
    for (const { path, message } of outcomes.filter(isTrouble)) {
      launcher.say('warning', `${path} ${message}`);
    }
    throw error;
  }
}

function withKill(launcher: Launcher, child: Child, use: () => never): never {
  try {
    return use();
  } catch (error) {
    launcher.native.sendSignal(child.pidfd, killSignal);
    launcher.native.waitFor(child.pidfd, -1);
    throw error;
  }
}

function start(
  launcher: Launcher,
  context: GiveBackContext,
  plan: LaunchPlan,
  claimed: ClaimRecord,
): { readonly child: Child; readonly record: ClaimRecord } {
  const { native } = launcher;
  const memory = native.sealedMemory('launch-plan', serialisePlan(plan, launcher.pid));
  const [statusEnd, statusWrite] = native.pipe();
  const [goRead, goEnd] = native.pipe();
  const child = native.spawn({
    path: launcher.executor,
    argv: executorWords,
    env: [],
    descriptors: [0, 1, 2, memory, statusWrite, goRead],
  });
  for (const descriptor of [memory, statusWrite, goRead]) closeSync(descriptor);
  const record = { ...claimed, pid: child.pid, startTime: startTimeOf(child.pid) };
  try {
    writeRecord(context.ledger, record);
    writeSync(goEnd, 'g');
    requireExec(launcher, plan, child, statusEnd);
  } finally {
    // Without the word to go on the child ends by itself: nothing to kill.
    closeSync(goEnd);
    closeSync(statusEnd);
  }
  launcher.stopwatch.mark('executed');
  return { child, record };
}

const executorWords = [
  'qemu-exec',
  '--plan',
  String(planDescriptor),
  '--status',
  String(statusDescriptor),
  '--go',
  String(goDescriptor),
];

/** The status pipe ends without a word when exec has closed it; else it names the step. */
function requireExec(launcher: Launcher, plan: LaunchPlan, child: Child, statusEnd: number): void {
  const bytes = Buffer.alloc(512);
  const length = readSync(statusEnd, bytes);
  if (length === 0 && launcher.native.waitFor(child.pidfd, 0) !== 125) return;
  const [step = '', error = '0'] = bytes.toString('utf8', 0, length).split('\0');
  if (length > 0) launcher.native.waitFor(child.pidfd, -1);
  throw stepFailed(plan, step === '' ? 'start' : step, Number(error));
}

function stepFailed(plan: LaunchPlan, step: string, errno: number): AppError {
  const why = describeErrno(errno);
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

const errnoTexts: Readonly<Record<number, string>> = {
  1: 'operation not permitted',
  2: 'no such file or directory',
  3: 'the launcher is gone',
  8: 'exec format error',
  12: 'out of memory',
  13: 'permission denied',
  22: 'invalid argument',
  26: 'text file busy',
};

function describeErrno(errno: number): string {
  return errnoTexts[errno] ?? `error ${errno}`;
}

function verify(
  launcher: Launcher,
  context: GiveBackContext,
  plan: LaunchPlan,
  child: Child,
  record: ClaimRecord,
): ClaimRecord {
  const status = verifyProcess(child.pid, plan);
  launcher.stopwatch.mark('verified');
  const verified = { ...record, verified: true, status, timings: launcher.stopwatch.readings() };
  writeRecord(context.ledger, verified);
  return verified;
}

function writeReport(path: string, record: ClaimRecord): void {
  const text = `${JSON.stringify(recordDocument(record, true), null, 2)}\n`;
  try {
    replaceFile(path, text, { mode: 0o644, durable: false });
  } catch (cause) {
    throw new AppError('VP_FILE_WRITE', `cannot write the report ${path}: ${(cause as Error).message}`, {
      cause,
      path,
      hint: 'QEMU was ended again: name a file in a directory that can be written',
    });
  }
}

/** Becomes the waiting parent: this process keeps its pid, and so its child. */
function wait(launcher: Launcher, plan: LaunchPlan, child: Child): never {
  const { state, run } = plan.directories;
  const restore = [...launcher.self, 'restore', plan.name, '--state-dir', state, '--run-dir', run];
  return launcher.native.execute({
    path: launcher.executor,
    argv: ['qemu-exec', '--wait', String(child.pid), ...restore],
    env: plan.environment.filter((variable) => /^(PATH|LANG|LC_[A-Z]+)=/.test(variable)),
    descriptors: [0, 1, 2],
  });
}
