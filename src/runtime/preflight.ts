import { closeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Finding } from '../errors.ts';
import { AppError } from '../errors.ts';
import type { AccessProblem, Wanted } from './access.ts';
import { checkAccess } from './access.ts';
import { openTrusted } from './claims/claim.ts';
import { lookAt } from './files.ts';
import type { Identity } from './identity.ts';
import type { Native } from './native.ts';
import type { HostPath } from './qemu-args/host-path.ts';

/** What will be done about one path of the host, and why. */
export interface Resource extends HostPath {
  readonly exists: boolean;
  readonly action: 'claim' | 'check' | 'create';
  readonly why: string;
}

export interface PreflightRules {
  readonly mode: 'system' | 'session';
  readonly dynamicOwnership: boolean;
  readonly claim: readonly string[];
  readonly leave: readonly string[];
  readonly readOnly: readonly string[];
  /** The VM's own run directory: made at start, so its absence is no fault. */
  readonly ownDirectory: string;
}

export interface Preflight {
  readonly resources: readonly Resource[];
  readonly findings: readonly Finding[];
}

const storage = new Set(['disk', 'data-file', 'nvram', 'floppy']);

/**
 * Decides for every path whether it is claimed, checked or created, and
 * reports all that stands in the way, not the first only. Changes nothing.
 */
export function inspectPaths(
  native: Native,
  paths: readonly HostPath[],
  identity: Identity,
  rules: PreflightRules,
): Preflight {
  const resources = paths
    .map((path) => decide(applyReadOnly(path, rules), rules))
    .filter((resource) => resource.exists || !resource.optional);
  const findings = resources.flatMap((resource) => judge(native, resource, identity, rules));
  return { resources, findings: [...unusedOptions(paths, rules), ...findings] };
}

function applyReadOnly(path: HostPath, rules: PreflightRules): HostPath {
  return rules.readOnly.includes(path.path) ? { ...path, access: 'ro' } : path;
}

function decide(path: HostPath, rules: PreflightRules): Resource {
  const exists = lookAt(path.path) !== null;
  return { ...path, exists, ...chooseAction(path, rules) };
}

function chooseAction(path: HostPath, rules: PreflightRules): Pick<Resource, 'action' | 'why'> {
  if (path.created) return { action: 'create', why: 'QEMU makes it' };
  if (rules.mode === 'session') return { action: 'check', why: 'not root: owners stay' };
  if (rules.leave.includes(path.path)) return { action: 'check', why: '--leave' };
  if (rules.claim.includes(path.path)) return { action: 'claim', why: '--claim' };
  if (path.access === 'ro') return { action: 'check', why: 'read-only' };
  if (path.shared) return { action: 'check', why: 'shared' };
  if (!storage.has(path.kind)) return { action: 'check', why: 'not storage' };
  if (!rules.dynamicOwnership) return { action: 'check', why: 'dynamic_ownership = 0' };
  return { action: 'claim', why: 'writable, not shared' };
}

function judge(
  native: Native,
  resource: Resource,
  identity: Identity,
  rules: PreflightRules,
): readonly Finding[] {
  try {
    refuseKind(resource);
    if (resource.action === 'create') return judgeDirectory(native, resource, identity, rules);
    if (resource.action === 'claim') closeSync(openTrusted(native, resource.path, identity.uid));
    const problem = checkAccess(native, resource.path, identity, wantedOf(resource), {
      ...(resource.action === 'claim' ? { owner: identity } : {}),
    });
    return accessFindings(resource, problem);
  } catch (error) {
    if (error instanceof AppError) return [toFinding(error, resource.path)];
    throw error;
  }
}

function wantedOf(resource: Resource): Wanted {
  return { read: true, write: resource.access === 'rw' };
}

// Only what is stored on a disk can be one: a pipe would hang QEMU, /dev/null lose the guest's data.
function refuseKind(resource: Resource): void {
  if (!storage.has(resource.kind)) return;
  const facts = lookAt(resource.path);
  if (facts === null || facts === 'hidden' || facts.isFile() || facts.isBlockDevice()) return;
  const kind = facts.isDirectory() ? 'a directory' : facts.isFIFO() ? 'a pipe' : 'a special file';
  throw new AppError('VP_PATH_KIND', `${resource.path} is ${kind}, not a disk`, {
    path: resource.path,
    hint: 'name a disk image or a block device',
  });
}

function judgeDirectory(
  native: Native,
  resource: Resource,
  identity: Identity,
  rules: PreflightRules,
): readonly Finding[] {
  const directory = dirname(resource.path);
  if (directory === rules.ownDirectory) return [];
  // A log that is there is written, a socket is made anew.
  if (resource.exists && resource.kind !== 'socket') {
    return accessFindings(resource, checkAccess(native, resource.path, identity, { write: true }));
  }
  const problem = checkAccess(native, directory, identity, { write: true, execute: true });
  // To open a directory of the system to QEMU would be the worse cure.
  const hint = `put it into ${rules.ownDirectory}/, which is made for this VM alone`;
  return accessFindings(resource, problem === null ? null : { ...problem, hint });
}

function accessFindings(resource: Resource, problem: AccessProblem | null): readonly Finding[] {
  if (problem === null || resource.optional) return [];
  const error = new AppError('VP_PATH_ACCESS', `${resource.path}: ${problem.message}`, {
    hint: problem.hint,
  });
  return [toFinding(error, resource.path)];
}

function toFinding(error: AppError, path: string): Finding {
  const { code, message, hint } = error;
  return { code, severity: 'error', path, message, hint: hint ?? '' };
}

// A misspelt path would silently be decided by the rules instead.
function unusedOptions(paths: readonly HostPath[], rules: PreflightRules): readonly Finding[] {
  const known = new Set(paths.map(({ path }) => path));
  const given = { claim: rules.claim, leave: rules.leave, 'read-only': rules.readOnly };
  return Object.entries(given).flatMap(([option, list]) =>
    list
      .filter((path) => !known.has(path))
      .map((path): Finding => {
        const message = `--${option} ${path}: no argument of the emulator names this path`;
        const hint = 'write it as the emulator gets it';
        return { code: 'VP_ARGUMENT_REFUSED', severity: 'error', path, message, hint };
      }),
  );
}
