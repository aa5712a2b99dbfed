import { AppError } from '../../errors.ts';
import { findGroup } from '../../formats/group.ts';
import { type JUnitCase, printJUnit } from '../../formats/junit.ts';
import { findUser } from '../../formats/passwd.ts';
import { findTool } from '../../host/command.ts';
import type { Root } from '../../host/root.ts';
import {
  type CheckResult,
  type CheckStatus,
  runChecks,
  type UsualId,
  usualIds,
} from '../../verify/check.ts';
import { listChecks } from '../../verify/checks/checks.ts';
import { seeOwnProgram } from '../../verify/emulator-file.ts';
import type { HostView } from '../../verify/host-view.ts';
import { judgeSurvey } from '../../verify/judge.ts';
import { findPerson, type Person } from '../../verify/run-as.ts';
import type { Site } from '../../verify/site.ts';
import { readSurvey } from '../../verify/survey.ts';
import { exitStatusOf, verifyDocument } from '../../verify/verify-document.ts';
import { readAccountNames } from '../audit-names.ts';
import { type Context, type GlobalOptions, writeJson } from '../context.ts';
import { printVerify } from '../print-verify.ts';
import { readHostView } from '../read-host-view.ts';
import { readInputs } from '../read-inputs.ts';
import { writeDocument } from '../write-document.ts';

export interface VerifyOptions extends GlobalOptions {
  readonly only?: readonly UsualId[];
  readonly as?: string;
  readonly launch?: true;
  readonly libvirt?: true;
  readonly session?: string;
  readonly strict?: true;
  readonly junit?: string;
}

/** Tries everything out: 0 nothing failed, 3 a check failed, 4 with --strict when one could not run. */
export async function runVerify(context: Context, options: VerifyOptions): Promise<number> {
  const inputs = readInputs(context, options);
  const host = await readHostView(inputs);
  const site = makeSite(context, options, inputs.root, host);
  const results = await runChecks(listChecks(site), context.signal);
  const isStrict = options.strict ?? false;
  if (options.junit !== undefined) writeReport(options.junit, results, isStrict);
  if (options.json) writeJson(context, verifyDocument(results, isStrict));
  else context.writeOut(printVerify(results, context.hasColour));
  return exitStatusOf(results, isStrict);
}

function makeSite(context: Context, options: VerifyOptions, root: Root, host: HostView): Site {
  const names = readAccountNames(root);
  const prefix = root.path === '/' ? '' : root.path;
  const places = { root: prefix, stateDirectory: `${prefix}/var/lib/virt-privileges` };
  return {
    host,
    native: root.native,
    names,
    ids: makeIds(root, host),
    readAudit: () => judgeSurvey(readSurvey(places, seeOwnProgram()), names),
    findTool,
    programs: {
      verifyExec: context.verifyExec,
      launcher: [process.execPath, context.launcherFile],
    },
    wish: {
      only: options.only ?? usualIds,
      as: findWanted(root, options.as),
      launch: options.launch ?? false,
      libvirt: options.libvirt ?? false,
      session: findWanted(root, options.session),
    },
    signal: context.signal,
  };
}

// The name service knows more than the files, of this machine only.
function makeIds({ isLive, native }: Root, { users, groups }: HostView): Site['ids'] {
  if (isLive)
    return {
      user: (name) => native.userByName(name)?.uid ?? null,
      group: (name) => native.groupByName(name)?.gid ?? null,
    };
  return {
    user: (name) => findUser(users, name)?.uid ?? null,
    group: (name) => findGroup(groups, name)?.gid ?? null,
  };
}

function findWanted({ native }: Root, name: string | undefined): Person | null {
  if (name === undefined) return null;
  const person = findPerson(native, name);
  if (person !== null) return person;
  throw new AppError('VP_IDENTITY_UNKNOWN', `there is no user ${name}`, {
    hint: 'name an account of this host',
  });
}

// Whoever collects the reports of a pipeline is not whom this runs as.
function writeReport(path: string, results: readonly CheckResult[], isStrict: boolean): void {
  const cases = results.map((result) => caseOf(result, isStrict));
  writeDocument(path, printJUnit('provision verify', cases), 0o644);
}

function caseOf(result: CheckResult, isStrict: boolean): JUnitCase {
  const { id: name, seconds, status, summary, evidence, hint } = result;
  const hints = hint === '' ? [] : [`hint: ${hint}`];
  const outcome = status === 'skip' && isStrict ? 'error' : outcomes[status];
  const message = status === 'warn' ? `warning: ${summary}` : summary;
  return { name, seconds, result: outcome, message, details: [...evidence, ...hints] };
}

const outcomes: Readonly<Record<CheckStatus, JUnitCase['result']>> = {
  pass: 'passed',
  warn: 'passed',
  fail: 'failure',
  skip: 'skipped',
};
