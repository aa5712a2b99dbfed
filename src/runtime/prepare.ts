import { basename, resolve } from 'node:path';
import type { Finding } from '../errors.ts';
import { AppError } from '../errors.ts';
import { booleanSetting } from '../formats/qemu-conf.ts';
import { readConfiguration } from './configuration.ts';
import { planConfinement } from './confinement.ts';
import { findDirectories } from './directories.ts';
import { findEmulator } from './emulator.ts';
import { planEnvironment, systemPath } from './environment.ts';
import type { Identity } from './identity.ts';
import { resolveIdentity, sessionIdentity } from './identity.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { defaultName } from './names.ts';
import type { Native } from './native.ts';
import type { Preflight } from './preflight.ts';
import { inspectPaths } from './preflight.ts';
import type { QemuArguments } from './qemu-args/parse.ts';
import { parseQemuArguments } from './qemu-args/parse.ts';
import type { LaunchRequest } from './request.ts';

/** What a launch takes from its surroundings, passed in so that nothing is read behind the back. */
export interface Surroundings {
  readonly native: Native;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly mode: 'system' | 'session';
  /** The directory that relative paths are taken from. */
  readonly directory: string;
  readonly pid: number;
}

interface Configuration {
  readonly identity: Identity;
  readonly dynamicOwnership: boolean;
}

/**
 * Everything that a launch will do, as one value; changes nothing. What makes
 * a plan impossible is thrown, what makes it forbidden is among its findings.
 */
export function planLaunch(surroundings: Surroundings, request: LaunchRequest): LaunchPlan {
  const { mode, variables, pid } = surroundings;
  const configuration = configure(surroundings, request);
  const { identity } = configuration;
  const parsed = parseQemuArguments(request.arguments, {
    directory: surroundings.directory,
    allowed: request.allow,
    emulator: basename(request.emulator),
  });
  const name = request.name ?? defaultName(parsed.guestName, pid);
  const directories = findDirectories(request, mode, variables);
  const own = `${directories.run}/${name}`;
  const preflight = inspect(surroundings, request, configuration, parsed, own);
  const emulator = seekEmulator(surroundings, request, identity);
  return {
    mode,
    name,
    emulator: emulator.path,
    identity,
    resources: preflight.resources,
    findings: [
      ...emulator.findings,
      ...identityFindings(mode, identity),
      ...parsed.findings,
      ...preflight.findings,
    ],
    confinement: planConfinement(mode, parsed.sandbox),
    argv: [request.emulator, ...request.arguments],
    environment: planEnvironment(variables, mode, request.env),
    umask: mode === 'system' ? 0o077 : process.umask(),
    directories,
    report: request.report,
  };
}

function configure({ native, mode }: Surroundings, request: LaunchRequest): Configuration {
  const { user, group } = request;
  if (mode === 'session' && (user !== null || group !== null)) throw noSession();
  const conf = readConfiguration(native, request.conf, mode);
  const identity =
    mode === 'system' ? resolveIdentity(native, request, conf) : sessionIdentity(native);
  return { identity, dynamicOwnership: booleanSetting(conf, 'dynamic_ownership', true) };
}

function noSession(): AppError {
  return new AppError(
    'VP_SESSION_IDENTITY',
    '--user and --group need root: only root can become another user',
    {
      hint: 'leave them out to run QEMU as yourself, or start qemu-launch as root',
    },
  );
}

function inspect(
  { native, mode }: Surroundings,
  request: LaunchRequest,
  { identity, dynamicOwnership }: Configuration,
  parsed: QemuArguments,
  ownDirectory: string,
): Preflight {
  const { claim, leave, readOnly } = request;
  const rules = { mode, dynamicOwnership, claim, leave, readOnly, ownDirectory };
  return inspectPaths(native, parsed.paths, identity, rules);
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
    const { code, message, hint } = error;
    const path = resolve(directory, request.emulator);
    return { path, findings: [{ code, severity: 'error', path, message, hint: hint ?? '' }] };
  }
}

function identityFindings(mode: string, identity: Identity): readonly Finding[] {
  if (mode !== 'system') return [];
  if (identity.uid === 0) return [rootWarning('as root', 'every file of root is its own')];
  if (!identity.groups.includes(0)) return [];
  return [rootWarning('in the group root', 'what that group may use it may use')];
}

function rootWarning(how: string, consequence: string): Finding {
  return {
    code: 'VP_WARN_ROOT_IDENTITY',
    severity: 'warning',
    message: `QEMU will run ${how}: without capabilities, but ${consequence}`,
    hint: 'set `user` and `group` in qemu.conf to an account made for QEMU',
  };
}
