import { basename } from 'node:path';
import { AppError } from '../../errors.ts';
import type { Claim, ClaimRecord } from '../../formats/claim-record.ts';
import { printShellWord } from '../../formats/shell-word.ts';
import { vhostScsi } from '../access/host-device.ts';
import type { Native } from '../native.ts';
import { isUsedByLibvirt } from './libvirt-use.ts';
import type { OpenClaim } from './open-claim.ts';
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
export function refuseKept(name: string, outcomes: readonly RestoreOutcome[]): void {
  const kept = outcomes.find(({ result }) => result === 'kept');
  if (kept === undefined) return;
  throw new AppError(
    'VP_NAME_IN_USE',
    `the VM ${name} still holds ${kept.path} from an earlier run: it ${kept.message}`,
    { path: kept.path, hint: `make the file reachable, then: qemu-launch restore ${name}` },
  );
}

/** The records of other VMs: of those that live, and what dead ones hold still. */
export interface Others {
  readonly live: readonly ClaimRecord[];
  readonly held: readonly ClaimRecord[];
}

/** A file that somebody else uses is nobody's to give: another VM on record, or a guest of libvirt. */
export function refuseUse(
  native: Native,
  { live, held }: Others,
  { claim, descriptor }: OpenClaim,
): void {
  if (!isHeldTogether(live, claim)) refuseClaimed(live, claim);
  refuseHeld(held, claim);
  if (!isUsedByLibvirt(native, descriptor)) return;
  throw new AppError('VP_PATH_IN_USE', `${claim.path} is in use by a guest of libvirt`, {
    path: claim.path,
    hint: 'end that guest first: virsh list; or share the disk: share-rw=on, --leave PATH',
  });
}

/** libvirt has kept its lock on a file for longer than any change of an owner takes. */
export function neverFree(path: string): AppError {
  return new AppError(
    'VP_PATH_IN_USE',
    `the owner of ${path} is being changed: libvirt's lock on it was held for 10 s`,
    { path, hint: `see who holds it: lslocks | grep ${printShellWord(basename(path))}` },
  );
}

/** A signal has come while libvirt's lock was waited for. */
export function interrupted(path: string): AppError {
  return new AppError(
    'VP_INTERRUPTED',
    `a signal arrived while libvirt was waited for, which changes the owner of ${path}`,
    { path, hint: 'nothing was left behind: start it again when you like' },
  );
}

/** Who bears a record, for messages. */
export function bearer(record: ClaimRecord): string {
  return record.pid === null ? 'prepared, not started yet' : `pid ${record.pid}`;
}

/** By inode, not by name: a link or a bind mount is the same file, two nodes of a device the same disk. */
function refuseClaimed(live: readonly ClaimRecord[], wanted: Claim): void {
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

/** A node that all machines reach theirs by is given once, for as long as the first of them runs. */
export function isHeldTogether(live: readonly ClaimRecord[], wanted: Claim): boolean {
  const { uid, gid } = wanted.to;
  return (
    wanted.path === vhostScsi &&
    live
      .flatMap(({ claims }) => claims)
      .some((claim) => isSameDisk(claim, wanted) && claim.to.uid === uid && claim.to.gid === gid)
  );
}

// Its owner is not the one that it belongs to, and the record would take it away from whoever has it then.
function refuseHeld(held: readonly ClaimRecord[], wanted: Claim): void {
  const other = held.find(({ claims }) => claims.some((claim) => isSameFile(claim, wanted)));
  if (other === undefined) return;
  throw new AppError(
    'VP_PATH_IN_USE',
    `${wanted.path} has not gone back yet from the VM ${other.name}, which is gone`,
    { path: wanted.path, hint: `see what stands in the way: qemu-launch restore ${other.name}` },
  );
}

/** Also after a restart, and where its file system is mounted in another place. */
function isSameFile(claim: Claim, wanted: Claim): boolean {
  const { device, inode, handle, birth } = wanted;
  if (claim.inode !== inode || claim.handle !== handle || claim.birth !== birth) return false;
  return handle !== null || claim.device === device;
}

function isSameDisk(claim: Claim, wanted: Claim): boolean {
  if (claim.node !== null) return claim.node === wanted.node;
  return claim.device === wanted.device && claim.inode === wanted.inode;
}
