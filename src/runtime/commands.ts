import type { Finding } from '../errors.ts';
import { AppError } from '../errors.ts';
import { foreseeConflicts } from './claims/foresee.ts';
import { isTrouble } from './claims/give-back.ts';
import type { LedgerContents } from './claims/ledger.ts';
import { openLedger, readRecords } from './claims/ledger.ts';
import { isLive } from './claims/liveness.ts';
import { findDirectories } from './directories.ts';
import { executePlan, runPlan } from './launch.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { refusals } from './launch-plan.ts';
import type { Output, Say } from './output.ts';
import { planDocument, printPlan } from './plan-text.ts';
import type { Surroundings } from './prepare.ts';
import { planLaunch } from './prepare.ts';
import { readBootId } from './process-facts.ts';
import { printRecords, recordDocument } from './record-text.ts';
import { usage } from './request/options.ts';
import type { LaunchRequest, ListRequest, RestoreRequest } from './request.ts';
import { restore } from './restore.ts';
import { startStopwatch } from './stopwatch.ts';
import { findLastWords } from './verification/last-words.ts';

/** Where the parts of the installed program are. */
export interface Installation {
  readonly version: string;
  readonly addon: string;
  readonly executor: string;
  readonly waiter: string;
  /** The words that start this program again. */
  readonly self: readonly string[];
}

/** Performs one command; returns the exit status, or never once this process is QEMU's. */
export function performCommand(
  installation: Installation,
  surroundings: Surroundings,
  request: LaunchRequest | RestoreRequest | ListRequest,
  output: Output,
): number {
  if (request.command === 'restore') return performRestore(surroundings, request, output);
  if (request.command === 'list') return performList(surroundings, request, output);
  return performLaunch(installation, surroundings, request, output);
}

function performLaunch(
  installation: Installation,
  surroundings: Surroundings,
  request: LaunchRequest,
  output: Output,
): number {
  const stopwatch = startStopwatch();
  if (request.command === 'exec' && request.report !== null) throw noReport();
  const plan = planLaunch(surroundings, request);
  stopwatch.mark('planned');
  if (request.command === 'plan') return answerPlan(surroundings, plan, request.json, output);
  refuse(plan, output.say);
  const { native, pid, variables } = surroundings;
  const { executor, waiter, self } = installation;
  const notifySocket = variables['NOTIFY_SOCKET'] || null;
  const launcher = {
    native,
    executor,
    waiter,
    self,
    pid,
    stopwatch,
    notifySocket,
    say: output.say,
  };
  return request.command === 'run' ? runPlan(launcher, plan) : executePlan(launcher, plan);
}

function noReport(): AppError {
  return usage('exec writes no report: nothing stays to verify what it becomes', 'use run');
}

function answerPlan(
  { native, mode }: Surroundings,
  given: LaunchPlan,
  json: boolean,
  output: Output,
): number {
  // The ledger of root is not for others to read.
  const conflicts = mode === given.mode ? foreseeConflicts(native, given) : [];
  const plan = { ...given, findings: [...given.findings, ...conflicts] };
  output.product(json ? printJson(planDocument(plan)) : printPlan(plan));
  if (json || !output.isOnePlace())
    for (const finding of plan.findings) sayFinding(finding, output.say);
  return refusals(plan).length === 0 ? 0 : 3;
}

function printJson(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Says what there is to say of a plan, every refusal too, so that one try shows all; throws the first, whose exit status it is. */
export function refuse(plan: LaunchPlan, say: Say): void {
  const [first, ...others] = refusals(plan);
  const remarks = plan.findings.filter(({ severity }) => severity !== 'error');
  for (const finding of [...remarks, ...others]) sayFinding(finding, say);
  if (first !== undefined) throw asError(first);
}

function sayFinding({ severity, message, hint }: Finding, say: Say): void {
  say(severity, message);
  if (hint !== '') say('hint', hint);
}

function asError({ code, message, hint, path }: Finding): AppError {
  if (code.startsWith('VP_WARN_')) return new AppError('VP_INTERNAL', message, { hint });
  const details = path === undefined ? { hint } : { hint, path };
  return new AppError(code as AppError['code'], message, details);
}

function performRestore(
  surroundings: Surroundings,
  request: RestoreRequest,
  { product, say }: Output,
): number {
  const directories = findDirectories(request, surroundings.mode, surroundings.variables);
  // Before the record goes, which knows the process.
  for (const { message, hint } of findLastWords(surroundings.native, directories, request)) {
    say('error', message);
    say('hint', hint);
  }
  const { outcomes, damaged, complete } = restore(surroundings.native, directories, request.name);
  for (const { path, message } of outcomes.filter(isTrouble)) say('warning', `${path} ${message}`);
  for (const error of damaged) sayDamaged(error, say);
  if (request.json) {
    product(printJson({ version: 1, complete, files: outcomes, damaged: damaged.map(asDocument) }));
  }
  return complete ? 0 : 1;
}

function sayDamaged({ message, hint = '' }: AppError, say: Say): void {
  say('error', message);
  say('hint', hint);
}

function asDocument({ code, message, path }: AppError): object {
  return { code, message, path };
}

// Before the first launch there is no ledger, and looking must not make one.
const nothing: LedgerContents = { records: [], damaged: [] };

function performList(
  surroundings: Surroundings,
  request: ListRequest,
  { product, say }: Output,
): number {
  const directories = findDirectories(request, surroundings.mode, surroundings.variables);
  const ledger = openLedger(surroundings.native, directories.state);
  const { records, damaged } = ledger === null ? nothing : readRecords(ledger);
  const bootId = readBootId();
  const listed = records.map((record) => ({ record, stands: isLive(record, bootId) }));
  for (const error of damaged) sayDamaged(error, say);
  const document = () => {
    return { version: 1, vms: listed.map(recordDocument), damaged: damaged.map(asDocument) };
  };
  product(request.json ? printJson(document()) : printRecords(listed));
  return damaged.length === 0 ? 0 : 1;
}
