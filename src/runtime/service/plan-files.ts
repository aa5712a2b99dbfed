import { readFileSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import { replaceBelow, withDescriptor } from '../files.ts';
import { configurePath, privateQmpPath } from '../handover/private-qmp.ts';
import { type LaunchPlan, serialisePlan } from '../launch-plan.ts';
import type { Native } from '../native.ts';
import { openOwnDirectory } from '../own-directory.ts';
import { guestOf, withEach } from './hidden-directory.ts';

/**
 * Leaves a plan in the run directory: NAME.plan as qemu-exec reads it, 0640 for the target's group, and
 * NAME.json for who verifies what became of it, 0600. The second goes first: with the plan all is there.
 */
export function writePlanFiles(native: Native, plan: LaunchPlan, record: ClaimRecord): void {
  const words = serialisePlan(bindClaims(plan, record), 0);
  withRunDirectory(native, plan.directories.run, (base) => {
    const [document, file] = [`${plan.name}.json`, `${plan.name}.plan`];
    replaceBelow(base, document, JSON.stringify(plan), { mode: 0o600, durable: false });
    const { gid } = plan.identity;
    const group = plan.mode === 'system' ? { mode: 0o640, gid } : { mode: 0o600 };
    replaceBelow(base, file, words, { ...group, durable: false });
  });
}

/** In the one directory that a service shows its QEMU. */
const monitorFile = 'qmp.conf';

/** The plan with a monitor of the launcher's own, which QEMU makes as a file says: see withPrivateQmp. */
export function withMonitorFile(plan: LaunchPlan): LaunchPlan {
  const file = `${plan.directories.run}/${plan.name}/${monitorFile}`;
  return { ...plan, argv: [...plan.argv, '-readconfig', file] };
}

/** Writes that file into the VM's own directory, which is there, also where a unit hides it. */
export function writeMonitorFile(native: Native, plan: LaunchPlan): void {
  const text = configurePath(privateQmpPath(plan.directories.run, plan.name));
  const options = { mode: 0o640, gid: plan.identity.gid, durable: false };
  withEach(native, guestOf(plan), (base) => replaceBelow(base, monitorFile, text, options));
}

/** The plan that `prepare` has left for this name; VP_FILE_READ when there is none that can be relied on. */
export function readPlanFile(native: Native, run: string, name: string): LaunchPlan {
  try {
    const text = withRunDirectory(native, run, (base) =>
      readFileSync(`${base}/${name}.json`, 'utf8'),
    );
    return JSON.parse(text) as LaunchPlan;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const path = `${run}/${name}.json`;
    const message = `cannot read ${path}: ${(cause as Error).message}`;
    const hint = `it stands from \`qemu-launch prepare\` to \`qemu-launch restore ${name}\``;
    throw new AppError('VP_FILE_READ', message, { cause, path, hint });
  }
}

function withRunDirectory<T>(native: Native, run: string, use: (base: string) => T): T {
  const directory = openOwnDirectory(native, run);
  if (directory === null) throw new Error(`${run} does not exist`);
  return withDescriptor(directory, () => use(`/proc/self/fd/${directory}`));
}

/** A claimed file is the one on record, whatever bears its name by now. */
function bindClaims(plan: LaunchPlan, { claims }: ClaimRecord): LaunchPlan {
  const files = plan.cell.files.map((rule) => {
    const claim = claims.find(({ path }) => path === rule.path);
    if (claim === undefined || rule.found === null) return rule;
    const { device, inode } = claim;
    return { ...rule, found: { ...rule.found, device, inode } };
  });
  return { ...plan, cell: { ...plan.cell, files } };
}
