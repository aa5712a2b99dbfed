import { AppError } from '../../errors.ts';
import { adoptRecord, completeRecord } from '../claims/bearer.ts';
import type { GiveBackContext } from '../claims/give-back.ts';
import { readRecords } from '../claims/ledger.ts';
import { findFile } from '../files.ts';
import { privateQmpPath, socketName } from '../handover/private-qmp.ts';
import { openContext } from '../launch.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Native } from '../native.ts';
import { writeReport } from '../report.ts';
import type { Launcher } from '../start.ts';
import { awaitSandbox } from '../verification/await-sandbox.ts';
import { verifyProcess } from '../verification.ts';
import { guestOf, withSeen } from './hidden-directory.ts';
import { isExecuting, isPlanned } from './planned-process.ts';
import { awaitGreeting } from './qmp.ts';
import { endRunning, openRunning, type RunningProcess } from './running.ts';

const startPatience = 10_000;
const readyPatience = 30_000;
const endPatience = 10_000;
const pause = 5;

/**
 * Verifies the process that has started from a plan of `prepare`, at once and again when it is ready, and puts it
 * on record. One that is that QEMU and not as planned is killed; a process that is not is left alone.
 */
export function adoptService(launcher: Launcher, plan: LaunchPlan, pid: number): void {
  const { native } = launcher;
  const running = openRunning(native, pid);
  if (running === null) throw notThere(plan.name, pid);
  const context = openContext(launcher, plan);
  refuseAnothers(context, plan.name, pid);
  awaitEmulator(native, launcher.executor, running);
  refuseForeign(native, plan, running);
  withEnd(native, plan, running, () => adopt(launcher, context, plan, running));
}

function adopt(
  launcher: Launcher,
  context: GiveBackContext,
  plan: LaunchPlan,
  running: RunningProcess,
): void {
  const { native, stopwatch } = launcher;
  const { pid, pidfd, startTime } = running;
  // Only what is as planned comes on record, and is then nobody's to give back.
  verifyProcess(running, plan);
  const record = adoptRecord(context, plan.name, { pid, startTime });
  awaitReady(launcher, plan, running);
  awaitSandbox(native, running, plan);
  // All threads and QEMU's own filter are there now.
  const status = verifyProcess(running, plan);
  if (native.awaitEnd(pidfd, 0)) throw notThere(plan.name, pid);
  stopwatch.mark('verified');
  const verified = { ...record, verified: true, status, timings: stopwatch.readings() };
  completeRecord(context, verified);
  if (plan.report !== null) writeReport(native, plan.report, verified);
}

// A slip of the hand must not put one VM's QEMU on record of another.
function refuseAnothers(context: GiveBackContext, name: string, pid: number): void {
  const { records } = readRecords(context.ledger);
  const other = records.find((record) => record.pid === pid && record.name !== name);
  if (other === undefined || other.bootId !== context.bootId) return;
  throw new AppError('VP_NAME_IN_USE', `process ${pid} is the QEMU of ${other.name}`, {
    hint: `give the number of the process that was started for ${name}`,
  });
}

// Of a script nothing is known but that its interpreter runs: what it executes is its own affair.
function refuseForeign(native: Native, plan: LaunchPlan, running: RunningProcess): void {
  if (native.awaitEnd(running.pidfd, 0)) throw notThere(plan.name, running.pid);
  if (plan.cell.executed === null || isPlanned(running.pid, plan)) return;
  throw new AppError(
    'VP_VERIFICATION_FAILED',
    `process ${running.pid} is not the QEMU of ${plan.name}: left alone`,
    { hint: `give the number of the process that was started for ${plan.name}` },
  );
}

function notThere(name: string, pid: number): AppError {
  return new AppError(
    'VP_VERIFICATION_FAILED',
    `the QEMU of ${name} has ended: no process ${pid}`,
    {
      hint: `what it said stands in the journal; its files go back with: qemu-launch restore ${name}`,
    },
  );
}

// The service manager counts a service as started when qemu-exec runs.
function awaitEmulator(native: Native, executor: string, running: RunningProcess): void {
  const file = findFile(executor);
  if (file === null) return;
  for (let waited = 0; waited < startPatience && isExecuting(running.pid, file); waited += pause) {
    if (native.awaitEnd(running.pidfd, pause)) return;
  }
}

function awaitReady(launcher: Launcher, plan: LaunchPlan, { pid, pidfd }: RunningProcess): void {
  const { native } = launcher;
  const isOver = () => native.awaitEnd(pidfd, 0);
  const hasGreeted = withSeen(native, guestOf(plan), pid, (base) => {
    const socket = { path: `${base}/${socketName}`, owner: plan.identity.uid, listener: pid };
    return awaitGreeting(native, socket, readyPatience, isOver);
  });
  if (hasGreeted === true || isOver()) return;
  const path = privateQmpPath(plan.directories.run, plan.name);
  launcher.say(
    'warning',
    `the QEMU of ${plan.name} has not answered on ${path}: verified as it is`,
  );
}

/** Runs `use`; when it fails the process is killed, if it is what the plan starts. */
function withEnd(native: Native, plan: LaunchPlan, running: RunningProcess, use: () => void): void {
  try {
    use();
  } catch (error) {
    if (isPlanned(running.pid, plan)) endRunning(native, running, [9], endPatience);
    throw error instanceof AppError ? withOwnHint(error, plan.name) : error;
  }
}

function withOwnHint({ code, message, hint }: AppError, name: string): AppError {
  if (code !== 'VP_VERIFICATION_FAILED')
    return new AppError(code, message, hint === undefined ? {} : { hint });
  return new AppError(code, message, {
    hint: `it must not go on; its files go back with: qemu-launch restore ${name}`,
  });
}
