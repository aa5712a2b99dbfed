import { dirname } from 'node:path';
import type { Finding } from '../errors.ts';
import { isDevice, isGivenDevice } from './access/host-device.ts';
import { judgeResource, storage } from './access/judge.ts';
import { keepsOwners } from './access/ownerless.ts';
import { openChecker } from './access.ts';
import { type Facts, type FoundFile, findFile, lookAt } from './files.ts';
import type { Identity } from './identity.ts';
import type { Native } from './native.ts';
import type { HostPath } from './qemu-args/host-path.ts';

/** What will be done about one path of the host, and why. */
export interface Resource extends HostPath {
  /** A device of the host, not what stores something. */
  readonly isDevice?: true;
  readonly exists: boolean;
  /** The file that was judged: the very one that QEMU may use; null where none can be seen. */
  readonly found: FoundFile | null;
  /** Of what QEMU makes: the directory that was judged. */
  readonly parent?: FoundFile;
  readonly action: 'claim' | 'check' | 'create' | 'pass';
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
  const checker = openChecker(native, identity);
  const findings = resources.flatMap((resource) => {
    return judgeResource(checker, resource, rules.ownDirectory);
  });
  return { resources, findings: [...unusedOptions(paths, rules), ...findings] };
}

function applyReadOnly(path: HostPath, rules: PreflightRules): HostPath {
  return rules.readOnly.includes(path.path) ? { ...path, access: 'ro' } : path;
}

function decide(path: HostPath, rules: PreflightRules): Resource {
  const facts = lookAt(path.path);
  const found = findFile(path.path);
  const chosen = { ...path, exists: facts !== null, found, ...chooseAction(path, facts, rules) };
  if (chosen.action === 'create') return { ...chosen, ...parentOf(path.path) };
  if (chosen.action !== 'claim') return chosen;
  if (isDevice(path, facts)) return { ...chosen, isDevice: true };
  if (!chosen.exists || keepsOwners(path.path)) return chosen;
  return { ...chosen, action: 'check', why: 'its file system keeps no owners' };
}

function parentOf(path: string): Pick<Resource, 'parent'> {
  const parent = findFile(dirname(path));
  return parent === null ? {} : { parent };
}

function chooseAction(
  path: HostPath,
  facts: Facts,
  rules: PreflightRules,
): Pick<Resource, 'action' | 'why'> {
  if (path.passed && path.created) {
    const why = path.kind === 'socket' ? 'the launcher listens there' : 'made for this VM alone';
    return { action: 'pass', why };
  }
  if (path.passed) return { action: 'pass', why: 'handed over, already open' };
  if (path.created) return { action: 'create', why: 'QEMU makes it' };
  if (rules.mode === 'session') return { action: 'check', why: 'not root: owners stay' };
  if (rules.leave.includes(path.path)) return { action: 'check', why: '--leave' };
  if (rules.claim.includes(path.path)) return { action: 'claim', why: '--claim' };
  if (path.access === 'ro') return { action: 'check', why: 'read-only' };
  if (path.fromImage) return { action: 'check', why: 'only an image names it' };
  if (path.shared) return { action: 'check', why: 'shared' };
  const isStored = storage.has(path.kind) || path.isStored === true;
  const isGiven = isStored || isGivenDevice(path, facts);
  if (!isGiven) return { action: 'check', why: 'not storage' };
  if (!rules.dynamicOwnership) return { action: 'check', why: 'dynamic_ownership = 0' };
  const what = isStored ? 'writable, not shared' : 'a device of this host';
  return { action: 'claim', why: what };
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
