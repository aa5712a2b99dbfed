import { closeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Finding } from '../../errors.ts';
import { AppError, toFinding } from '../../errors.ts';
import type { AccessChecker, AccessProblem, Wanted } from '../access.ts';
import { checkAccess, checkReplacement } from '../access.ts';
import { openTrusted } from '../claims/open-claim.ts';
import { type Facts, lookAt } from '../files.ts';
import { judgePlace } from '../handover/server-socket.ts';
import type { Resource } from '../preflight.ts';
import { isGenericScsi } from './host-device.ts';

/** What is stored on a disk, and so can be given away. */
export const storage: ReadonlySet<string> = new Set(['disk', 'data-file', 'nvram', 'floppy']);

/**
 * Everything that stands in the way of using one resource as it was decided, claims as if they were made.
 * `ownDirectory` is the VM's own, which is made at start.
 */
export function judgeResource(
  checker: AccessChecker,
  resource: Resource,
  ownDirectory: string,
): readonly Finding[] {
  if (resource.optional && resource.action !== 'pass') return [];
  const misfit = describeMisfit(resource, lookAt(resource.path));
  if (misfit !== null) return [toFinding(misfit, resource.path)];
  if (resource.action === 'pass') return judgePassed(checker, resource, ownDirectory);
  if (resource.action === 'create') return judgeCreation(checker, resource, ownDirectory);
  const claimed = resource.action === 'claim' ? { owner: checker.identity } : {};
  const problems = checkAccess(checker, resource.path, wantedOf(resource), claimed);
  return [...judgeTrust(checker, resource), ...problems.map((each) => describe(resource, each))];
}

// Root opens it or makes it: only what is or is not there can be in the way.
function judgePassed(
  { native, identity }: AccessChecker,
  { exists, path, kind }: Resource,
  ownDirectory: string,
): readonly Finding[] {
  if (kind === 'socket')
    return dirname(path) === ownDirectory ? [] : judgePlace(native, path, identity.uid);
  if (exists || kind === 'memory') return [];
  const hint = 'load the kernel module that makes it';
  return [
    { code: 'VP_PATH_MISSING', severity: 'error', path, message: `${path} does not exist`, hint },
  ];
}

// Only what is stored on a disk can be one: a pipe would hang QEMU, /dev/null lose the guest's data.
function describeMisfit({ kind, path }: Resource, facts: Facts): AppError | null {
  if (!(storage.has(kind) || kind === 'backing') || facts === null || facts === 'hidden')
    return null;
  if (facts.isFile() || facts.isBlockDevice() || isGenericScsi(facts)) return null;
  const found = facts.isDirectory() ? 'a directory' : facts.isFIFO() ? 'a pipe' : 'a special file';
  return new AppError('VP_PATH_KIND', `${path} is ${found}, not a disk`, {
    path,
    hint: 'name a disk image or a block device',
  });
}

function judgeTrust(
  { native, identity }: AccessChecker,
  { action, exists, path, isDevice }: Resource,
): readonly Finding[] {
  if (action !== 'claim' || !exists) return [];
  try {
    closeSync(openTrusted(native, { path, isDevice: isDevice === true }, identity.uid));
    return [];
  } catch (error) {
    if (error instanceof AppError) return [toFinding(error, path)];
    throw error;
  }
}

function judgeCreation(
  checker: AccessChecker,
  resource: Resource,
  ownDirectory: string,
): readonly Finding[] {
  const { path, kind } = resource;
  if (dirname(path) === ownDirectory) return [];
  // A log that is there is written, a socket is made anew.
  if (resource.exists && kind !== 'socket') {
    const wanted = { read: kind === 'pidfile', write: true };
    const problems = checkAccess(checker, path, wanted, { creates: true });
    return problems.map((each) => describe(resource, each));
  }
  // To open a directory of the system to QEMU would be the worse cure.
  const hint = `put it into ${ownDirectory}/, which is made for this VM alone`;
  return checkReplacement(checker, path).map((each) => describe(resource, { ...each, hint }));
}

function wantedOf({ kind, access }: Resource): Wanted {
  // connect(2) asks for the right to write alone.
  return kind === 'socket' ? { write: true } : { read: true, write: access === 'rw' };
}

function describe({ path }: Resource, problem: AccessProblem): Finding {
  const { code, component, hint } = problem;
  const message = component === path ? problem.message : `${path}: ${problem.message}`;
  return { code, severity: 'error', path, message, hint };
}
