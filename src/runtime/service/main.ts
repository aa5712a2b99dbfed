import type { Installation } from '../commands.ts';
import { refuse } from '../commands.ts';
import { findDirectories } from '../directories.ts';
import { refuseUnsafeEnvironment } from '../environment.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import { fail, observe, type Variables } from '../main.ts';
import { type Output, openOutput, type Say } from '../output.ts';
import { planLaunch, type Surroundings } from '../prepare.ts';
import { helpText } from '../request/help.ts';
import { readVmFile } from '../request/vm-file.ts';
import { type LaunchRequest, optionsOf } from '../request.ts';
import type { Launcher } from '../start.ts';
import { startStopwatch } from '../stopwatch.ts';
import { adoptService } from './adopt.ts';
import { readPlanFile } from './plan-files.ts';
import { prepareService } from './prepare.ts';
import { findServiceRefusals } from './refusals.ts';
import { parseService, type ServiceRequest } from './request.ts';
import { stopService } from './stop.ts';

/** Runs one of the commands that units of a service manager call; the exit status. */
export function serviceMain(
  installation: Installation,
  words: readonly string[],
  variables: Variables,
): number {
  const output = openOutput(variables['JOURNAL_STREAM']);
  try {
    if (optionsOf(words).some((word) => word === '--help' || word === '-h')) {
      output.product(helpText);
      return 0;
    }
    refuseUnsafeEnvironment(variables);
    const surroundings = observe(installation, variables);
    const request = parseService(words, (name) => readVmFile(surroundings, name));
    perform(installation, surroundings, request, output);
    return 0;
  } catch (error) {
    return fail(error, words, output);
  }
}

function perform(
  installation: Installation,
  surroundings: Surroundings,
  request: ServiceRequest,
  { say }: Output,
): void {
  const { native, mode, variables, pid } = surroundings;
  const { executor, waiter, self } = installation;
  const launcher: Launcher = {
    native,
    executor,
    waiter,
    self,
    pid,
    stopwatch: startStopwatch(),
    notifySocket: null,
    say,
  };
  const directories = findDirectories(request, mode, variables);
  if (request.command === 'adopt') {
    adoptService(launcher, readPlanFile(native, directories.run, request.name), request.pid);
  } else if (request.command === 'stop') {
    const { name, timeout } = request;
    stopService(native, directories.state, { mode, name }, timeout, say);
  } else {
    prepareService(launcher, planService(surroundings, request, say));
  }
}

function planService(surroundings: Surroundings, request: LaunchRequest, say: Say): LaunchPlan {
  const given = planLaunch(surroundings, request);
  const plan = { ...given, findings: [...given.findings, ...findServiceRefusals(given)] };
  refuse(plan, say);
  return plan;
}
