import { basename, resolve } from 'node:path';
import type { Finding } from '../errors.ts';
import { AppError, toFinding } from '../errors.ts';
import { type Configuration, chooseMode, configure } from './configure.ts';
import { findDirectories } from './directories.ts';
import { findEmulator } from './emulator.ts';
import { enclose } from './enclose.ts';
import { planEnvironment, systemPath } from './environment.ts';
import { chooseHanding, isOpen, planDescriptors } from './handover/plan-descriptors.ts';
import { withPrivateQmp } from './handover/private-qmp.ts';
import type { Identity } from './identity.ts';
import { inspectImages } from './images/chain.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { hostLookup } from './look-up-host.ts';
import type { Native } from './native.ts';
import type { Preflight } from './preflight.ts';
import { inspectPaths } from './preflight.ts';
import type { QemuArguments } from './qemu-args/parse.ts';
import { parseQemuArguments } from './qemu-args/parse.ts';
import { defaultName } from './request/names.ts';
import type { LaunchRequest } from './request.ts';
import { readNamed } from './trusted-file.ts';

/** What a launch takes from its surroundings, passed in so that nothing is read behind the back. */
export interface Surroundings {
  readonly native: Native;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly mode: 'system' | 'session';
  /** The directory that relative paths are taken from. */
  readonly directory: string;
  readonly pid: number;
}

/**
 * Everything that a launch will do, as one value; changes nothing. What makes
 * a plan impossible is thrown, what makes it forbidden is among its findings.
 */
export function planLaunch(given: Surroundings, request: LaunchRequest): LaunchPlan {
  const { variables, pid } = given;
  const parsed = parseQemuArguments(request.arguments, {
    directory: given.directory,
    allowed: request.allow,
    emulator: basename(request.emulator),
    host: hostLookup,
    readConfig: (path) => readArguments(given, path),
    handing: chooseHanding(chooseMode(given.mode, request), request.command),
    isOpen,
    nameOf: (guestName) => request.name ?? defaultName(guestName, pid),
  });
  const configuration = configure(given, request, parsed);
  const { mode, identity } = configuration;
  const surroundings = { ...given, mode };
  const name = request.name ?? defaultName(parsed.guestName, pid);
  const directories = findDirectories(request, mode, variables);
  const own = `${directories.run}/${name}`;
  const preflight = inspect(surroundings, request, configuration, parsed, own);
  const handed = planDescriptors(given.native, parsed, identity);
  const emulator = seekEmulator(surroundings, request, identity);
  const enclosed = enclose({
    native: given.native,
    request,
    parsed,
    configuration,
    resources: preflight.resources,
    emulator: emulator.path,
    isExecutable: emulator.findings.length === 0,
    name,
    ownDirectory: own,
    directory: given.directory,
    environment: planEnvironment(variables, mode, request.env),
  });
  const plan: LaunchPlan = {
    mode,
    name,
    emulator: emulator.path,
    identity,
    resources: preflight.resources,
    descriptors: handed.descriptors,
    taps: handed.taps,
    places: parsed.handed.places,
    findings: [
      ...emulator.findings,
      ...configuration.findings,
      ...parsed.findings,
      ...handed.findings,
      ...preflight.findings,
      ...enclosed.findings,
    ],
    confinement: enclosed.confinement,
    cell: enclosed.cell,
    argv: enclosed.argv,
    environment: enclosed.environment,
    directory: enclosed.directory,
    oomScore: enclosed.oomScore,
    umask: mode === 'system' ? 0o077 : process.umask(),
    directories,
    report: request.report,
  };
  // A service's is QEMU's own work.
  return request.command === 'prepare' ? plan : withPrivateQmp(plan);
}

function inspect(
  { native, mode, directory }: Surroundings,
  request: LaunchRequest,
  { identity, dynamicOwnership }: Configuration,
  parsed: QemuArguments,
  ownDirectory: string,
): Preflight {
  const { claim, leave, readOnly, allow } = request;
  const named = [...claim, ...leave, ...readOnly];
  const images = inspectImages(parsed.paths, { directory, allowed: allow, named });
  const rules = { mode, dynamicOwnership, claim, leave, readOnly, ownDirectory };
  const { resources, findings } = inspectPaths(native, images.paths, identity, rules);
  // What stands in the way of QEMU often stands in the way of the launcher too.
  const isSaid = ({ code, path }: Finding) =>
    findings.some((other) => other.code === code && other.path === path);
  return {
    resources,
    findings: [...images.findings.filter((finding) => !isSaid(finding)), ...findings],
  };
}

interface FoundEmulator {
  readonly path: string;
  readonly findings: readonly Finding[];
}

function seekEmulator(
  { native, mode, variables, directory }: Surroundings,
  request: LaunchRequest,
  identity: Identity,
): FoundEmulator {
  const searchPath = mode === 'system' ? systemPath : (variables['PATH'] ?? systemPath);
  try {
    return { path: findEmulator(native, request.emulator, identity, searchPath), findings: [] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const word = request.emulator;
    const path = word.includes('/') ? resolve(directory, word) : (error.path ?? word);
    return { path, findings: [toFinding(error, path)] };
  }
}

// QEMU's arguments stand in it: for root nobody else may change them after they were judged.
function readArguments({ native, mode }: Surroundings, path: string): string {
  const hint = 'put its settings on the command line, or let root alone write it';
  return readNamed(native, path, { mode, hint });
}
