import type { ClaimRecord } from '../../formats/claim-record.ts';
import { nobody } from '../claims/bearer.ts';
import type { GiveBackContext } from '../claims/give-back.ts';
import { makeHiddenDirectory, makeRunDirectory } from '../claims/run-directory.ts';
import { sweepRunDirectory } from '../claims/sweep-run-directory.ts';
import { makePlaces } from '../handover/open-handed.ts';
import { claim, openContext, refuseCaughtSignal, withGiveBack } from '../launch.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Native } from '../native.ts';
import { requireReport } from '../report.ts';
import type { Launcher } from '../start.ts';
import { withMonitorFile, writeMonitorFile, writePlanFiles } from './plan-files.ts';
import { makeTaps } from './taps.ts';

/**
 * Claims for a QEMU that somebody else will start, and leaves the plan for it: it all stands until
 * `restore`, or another boot. Any failure gives everything back.
 */
export function prepareService(launcher: Launcher, given: LaunchPlan): void {
  const { native } = launcher;
  const plan = withMonitorFile(given);
  if (plan.report !== null) requireReport(native, plan.report);
  native.watchSignals();
  const context = openContext(launcher, plan);
  const { record } = claim(launcher, context, plan, nobody);
  withSweep(native, plan, () =>
    withGiveBack(launcher, context, record, () => leavePlan(native, context, record, plan)),
  );
}

function leavePlan(
  native: Native,
  context: GiveBackContext,
  record: ClaimRecord,
  plan: LaunchPlan,
): void {
  refuseCaughtSignal(native);
  makeRunDirectory(native, plan.directories.run, plan.name, plan.identity);
  // Who is not root has no other user's QEMU to hide it from, nor a unit that could show it elsewhere.
  if (plan.mode === 'system')
    makeHiddenDirectory(native, plan.directories.run, plan.name, plan.identity);
  writeMonitorFile(native, plan);
  makeTaps(native, context, makePlaces(native, context, record, plan), plan);
  writePlanFiles(native, plan, record);
  refuseCaughtSignal(native);
}

// What has been set aside while the ledger was locked.
function withSweep(native: Native, { directories }: LaunchPlan, use: () => void): void {
  try {
    use();
  } catch (error) {
    sweepRunDirectory(native, directories.run);
    throw error;
  }
}
