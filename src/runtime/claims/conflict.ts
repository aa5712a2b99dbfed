import { AppError } from '../../errors.ts';
import type { Claim, ClaimRecord } from '../../formats/claim-record.ts';
import type { RestoreOutcome } from './restore.ts';

/** A record of this name that cannot be read may hold files: nothing is written over it. */
export function refuseDamagedName(
  damaged: readonly AppError[],
  name: string,
  directory: string,
): void {
  const own = damaged.find((error) => error.path === `${directory}/${name}.json`);
  if (own !== undefined) throw own;
}

/** One name, one VM. */
export function refuseSameName(live: readonly ClaimRecord[], name: string): void {
  const other = live.find((record) => record.name === name);
  if (other === undefined) return;
  const hint =
    other.pid === null
      ? `start it, or take that back: qemu-launch restore ${name}`
      : 'give this one another name with --name, or end the other one first';
  const state = other.pid === null ? 'there' : 'running';
  throw new AppError(
    'VP_NAME_IN_USE',
    `a VM named ${name} is ${state} already (${bearer(other)})`,
    {
      hint,
    },
  );
}

/** A record that still holds a file is not written over: it alone knows whose the file was. */
export function refuseKept(
  record: ClaimRecord,
  outcomes: readonly RestoreOutcome[],
  name: string,
): void {
  const kept = outcomes.find(({ result }) => result === 'kept');
  if (kept === undefined || record.name !== name) return;
  throw new AppError(
    'VP_NAME_IN_USE',
    `the VM ${name} still holds ${kept.path} from an earlier run: it ${kept.message}`,
    { path: kept.path, hint: `make the file reachable, then: qemu-launch restore ${name}` },
  );
}

function bearer(record: ClaimRecord): string {
  return record.pid === null ? 'prepared, not started yet' : `pid ${record.pid}`;
}

/** By inode, not by name: a link or a bind mount is the same file, two nodes of a device the same disk. */
export function refuseClaimed(live: readonly ClaimRecord[], wanted: Claim): void {
  for (const record of live) {
    if (!record.claims.some((claim) => isSameDisk(claim, wanted))) continue;
    throw new AppError(
      'VP_PATH_IN_USE',
      `${wanted.path} is in use by the VM ${record.name} (${bearer(record)})`,
      {
        path: wanted.path,
        hint: 'end that VM first, or share the disk: share-rw=on, --leave PATH',
      },
    );
  }
}

function isSameDisk(claim: Claim, wanted: Claim): boolean {
  if (claim.blockDevice !== null) return claim.blockDevice === wanted.blockDevice;
  return claim.device === wanted.device && claim.inode === wanted.inode;
}
