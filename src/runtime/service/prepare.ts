import { nobody } from '../claims/bearer.ts';
import { makeRunDirectory } from '../claims/run-directory.ts';
import { claim, openContext, refuseCaughtSignal, withGiveBack } from '../launch.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import { makePlaces } from '../open-handed.ts';
import { privateQmpPath, privateQmpWords } from '../private-qmp.ts';
import { requireReport } from '../report.ts';
import type { Launcher } from '../start.ts';
import { writePlanFiles } from './plan-files.ts';
import { makeTaps } from './taps.ts';

/**
 * Claims for a QEMU that somebody else will start, and leaves the plan for it: it all stands until
 * `restore`, or another boot. Any failure gives everything back.
 */
export function prepareService(launcher: Launcher, given: LaunchPlan): void {
  const { native } = launcher;
  const plan = withPrivateQmp(given);
  if (plan.report !== null) requireReport(native, plan.report);
  native.watchSignals();
  const context = openContext(launcher, plan);
  const { record } = claim(launcher, context, plan, nobody);
  withGiveBack(launcher, context, record, () => {
    refuseCaughtSignal(native);
    makeRunDirectory(native, plan.directories.run, plan.name, plan.identity);
    makeTaps(native, context, makePlaces(native, context, record, plan), plan);
    writePlanFiles(native, plan, record);
    refuseCaughtSignal(native);
  });
}

function withPrivateQmp(plan: LaunchPlan): LaunchPlan {
  const words = privateQmpWords(privateQmpPath(plan.directories.run, plan.name));
  return { ...plan, argv: [...plan.argv, ...words] };
}
