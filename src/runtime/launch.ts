import { AppError } from '../errors.ts';
import type { ClaimRecord } from '../formats/claim-record.ts';
import { type Bearer, bearerOf, completeRecord, passRecord } from './claims/bearer.ts';
import { type ClaimResult, takeClaims } from './claims/claim.ts';
import { draftRecord } from './claims/draft.ts';
import type { GiveBackContext } from './claims/give-back.ts';
import { giveBack, isTrouble } from './claims/give-back.ts';
import { makeLedger, readRecord, withLock } from './claims/ledger.ts';
import { isLive } from './claims/liveness.ts';
import type { RestoreOutcome } from './claims/restore.ts';
import { makeRunDirectory } from './claims/run-directory.ts';
import { openNoted } from './handover/open-handed.ts';
import { takeOwnSockets } from './handover/own-sockets.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { type GivenFiles, plannedClaims, serialisePlan } from './launch-plan.ts';
import type { ExecuteRequest, Native, Placement } from './native.ts';
import { readBootId } from './process-facts.ts';
import { requireReport, writeReport } from './report.ts';
import type { Child, Launcher } from './start.ts';
import { placeOwn, releaseExecutor, startExecutor, withKill } from './start.ts';
import { awaitSandbox } from './verification/await-sandbox.ts';
import { verifyProcess } from './verification.ts';

/**
 * Performs a plan: claims, starts qemu-exec, has it become QEMU, reads the
 * process back, and turns this process into the small parent that waits. Any
 * failure in between ends QEMU and gives every file back.
 */
export function runPlan(launcher: Launcher, plan: LaunchPlan): never {
  const { native } = launcher;
  if (plan.report !== null) requireReport(native, plan.report);
  // From here on a signal does not end this process half way: it is asked for after each step.
  native.watchSignals();
  const context = openContext(launcher, plan);
  const { record: claimed, open } = claim(launcher, context, plan, bearerOf(launcher.pid));
  return withGiveBack(launcher, context, claimed, () => {
    refuseCaughtSignal(native);
    makeRunDirectory(native, plan.directories.run, plan.name, plan.identity);
    const { record: made, placements, close } = openNoted(native, context, claimed, plan);
    const executor = startExecutor(launcher, plan, open, placements);
    close();
    return withKill(launcher, executor, () => {
      // Its pid is on record before it may go on: nobody can take it for dead.
      const record = passRecord(context, made, bearerOf(executor.pid));
      refuseCaughtSignal(native);
      releaseExecutor(launcher, plan, executor);
      const verified = verify(launcher, context, plan, executor, record);
      const taken = takeOwnSockets(launcher, context, plan, executor, verified);
      refuseCaughtSignal(native);
      if (plan.report !== null) writeReport(native, plan.report, taken);
      tellReady(launcher, executor);
      return wait(launcher, plan, executor);
    });
  });
}

/** Performs a plan by becoming QEMU in this very process; nothing stays to give files back. */
export function executePlan(launcher: Launcher, plan: LaunchPlan): never {
  launcher.native.watchSignals();
  const context = openContext(launcher, plan);
  const { record: claimed, open } = claim(launcher, context, plan, bearerOf(launcher.pid));
  return withGiveBack(launcher, context, claimed, () => {
    makeRunDirectory(launcher.native, plan.directories.run, plan.name, plan.identity);
    const { placements } = openNoted(launcher.native, context, claimed, plan);
    return become(launcher, launcher.executor, {
      env: [],
      ...placePlan(launcher, plan, open, placements),
    });
  });
}

/** The plan and the claimed files stay open under numbers that no argument names: their own, where those are free. */
function placePlan(
  { native }: Launcher,
  plan: LaunchPlan,
  open: GivenFiles,
  kept: readonly Placement[],
): Pick<ExecuteRequest, 'argv' | 'descriptors'> {
  const files = placeOwn([...open.values()], kept);
  const given = new Map([...open.keys()].map((path, index) => [path, files[index]?.[1] ?? 0]));
  const memory = native.sealedMemory('launch-plan', serialisePlan(plan, 0, given));
  const [place = [memory, memory]] = placeOwn([memory], [...kept, ...files]);
  const argv = ['qemu-exec', '--plan', String(place[1])];
  return { argv, descriptors: [...kept, ...files, place] };
}

/** The ledger of a plan, and this boot. */
export function openContext(launcher: Launcher, plan: LaunchPlan): GiveBackContext {
  return {
    native: launcher.native,
    ledger: makeLedger(launcher.native, plan.directories.state),
    bootId: readBootId(),
  };
}

/**
 * Gives the plan's files to its identity, on record of `bearer`: the launcher itself until QEMU has a pid, so that
 * the claims are a dead VM's if that dies.
 */
export function claim(
  launcher: Launcher,
  context: GiveBackContext,
  plan: LaunchPlan,
  bearer: Bearer,
): Pick<ClaimResult, 'record' | 'open'> {
  const { record, open, left, cleared, damaged } = takeClaims(context, {
    draft: draftRecord(plan, context.bootId, bearer),
    wanted: plannedClaims(plan),
    identity: plan.identity,
  });
  for (const outcome of cleared) sayOutcome(launcher, outcome);
  for (const error of damaged) launcher.say('warning', error.message);
  for (const path of left)
    launcher.say('warning', `${path} keeps its owner, which cannot be changed: QEMU may use it so`);
  launcher.stopwatch.mark('claimed');
  return { record, open };
}

function sayOutcome(launcher: Launcher, { path, message, result }: RestoreOutcome): void {
  if (result !== 'already')
    launcher.say('warning', `left by a VM that is gone: ${path} ${message}`);
}

/** Runs `use`; when it fails everything that is on record goes back. */
export function withGiveBack<T>(
  launcher: Launcher,
  context: GiveBackContext,
  record: ClaimRecord,
  use: () => T,
): T {
  try {
    return use();
  } catch (error) {
    sayGivenBack(launcher, context, record);
    throw error;
  }
}

// A second failure must not hide the first: the record stays for `restore`.
function sayGivenBack(launcher: Launcher, context: GiveBackContext, record: ClaimRecord): void {
  try {
    const outcomes = withLock(context.native, context.ledger, () => giveOwnBack(context, record));
    for (const outcome of outcomes)
      launcher.say(isTrouble(outcome) ? 'warning' : 'info', `${outcome.path} ${outcome.message}`);
  } catch (error) {
    launcher.say('warning', `could not give everything back: ${(error as Error).message}`);
  }
}

// What has been made since stands in the ledger only. Once QEMU is dead whoever meets its record gives back, and may
// have got the same files or the same name: what stands there then is not ours to take.
function giveOwnBack(context: GiveBackContext, { name, pid }: ClaimRecord) {
  const now = readRecord(context.ledger, name);
  const isOwn = now !== null && (now.pid === pid || !isLive(now, context.bootId));
  return isOwn ? giveBack(context, now) : [];
}

function verify(
  launcher: Launcher,
  context: GiveBackContext,
  plan: LaunchPlan,
  child: Child,
  record: ClaimRecord,
): ClaimRecord {
  const started = { pid: child.pid, startTime: record.startTime ?? '' };
  verifyProcess(started, plan);
  launcher.stopwatch.mark('verified');
  awaitSandbox(launcher.native, child, plan);
  refuseCaughtSignal(launcher.native);
  // All threads that it has by now, and its own filter.
  const status = verifyProcess(started, plan);
  launcher.stopwatch.mark('ready');
  const verified = { ...record, verified: true, status, timings: launcher.stopwatch.readings() };
  return completeRecord(context, verified);
}

/** Tells the service manager that waits for it; who does not listen has not asked. */
function tellReady({ native, notifySocket, say }: Launcher, { pid }: Child): void {
  if (notifySocket === null) return;
  try {
    native.notify(notifySocket, `READY=1\nSTATUS=QEMU runs as process ${pid}, verified`);
  } catch (error) {
    const why = (error as Error).message;
    say('warning', `cannot tell ${notifySocket} that QEMU is ready: ${why}`);
  }
}

/** Becomes the waiting parent: this process keeps its pid, and so its child. */
function wait(launcher: Launcher, plan: LaunchPlan, child: Child): never {
  const { state, run } = plan.directories;
  const restore = [...launcher.self, 'restore', plan.name, '--state-dir', state, '--run-dir', run];
  const kept = plan.environment.filter((variable) => /^(PATH|LANG|LC_[A-Z]+)=/.test(variable));
  const argv = ['qemu-wait', String(child.pid), ...restore];
  return become(launcher, launcher.waiter, { argv, env: kept, descriptors: [] });
}

/** Turns this process into that program, unless a signal has arrived that would be lost. */
function become(launcher: Launcher, path: string, request: Omit<ExecuteRequest, 'path'>): never {
  try {
    return launcher.native.execute({ path, ...request });
  } catch (cause) {
    refuseCaughtSignal(launcher.native);
    throw new AppError('VP_MISSING_TOOL', `cannot start ${path}`, {
      cause,
      path,
      hint: 'build it with `npm run build`, or reinstall the package',
    });
  }
}

/** VP_INTERRUPTED when one has arrived since `watchSignals`. */
export function refuseCaughtSignal(native: Native): void {
  const signal = native.caughtSignal();
  if (signal === 0) return;
  throw new AppError('VP_INTERRUPTED', `signal ${signal} arrived before QEMU ran`, {
    hint: 'nothing was left behind: start it again when you like',
  });
}
