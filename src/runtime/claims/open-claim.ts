import { readFileSync } from 'node:fs';
import type { Claim, Owner } from '../../formats/claim-record.ts';
import { findMount } from '../../formats/mount-info.ts';
import type { FileFacts, Native } from '../native.ts';
import { isNativeError } from '../native.ts';
import { describeUntrusted } from '../trust.ts';

/** A path whose owner is to change, and what it must be. */
export interface WantedClaim {
  readonly path: string;
  /** A device of the host; else what stores something: a file, a block device, a generic SCSI node. */
  readonly isDevice: boolean;
}

/** Opens a file that may be given away, or says which component cannot be trusted. */
export function openTrusted(
  native: Native,
  { path, isDevice }: WantedClaim,
  target: number,
): number {
  try {
    return native.openTrusted(path, target, isDevice);
  } catch (error) {
    throw isNativeError(error) ? describeUntrusted(path, error) : error;
  }
}

export interface OpenClaim {
  readonly claim: Claim;
  readonly descriptor: number;
}

/** Opens what would be claimed, and says what its record would hold; whoever asks closes it. */
export function openClaim(native: Native, wanted: WantedClaim, to: Owner): OpenClaim {
  const descriptor = openTrusted(native, wanted, to.uid);
  const facts = native.inspect(descriptor);
  return { descriptor, claim: describeClaim(wanted.path, facts, to, readMounts) };
}

/** The mounts of this process, as text. */
export function readMounts(): string {
  return readFileSync('/proc/self/mountinfo', 'utf8');
}

/** What the record will hold of an open file; `mounts` are asked once for all files of a launch. */
export function describeClaim(
  path: string,
  facts: FileFacts,
  to: Owner,
  mounts: () => string,
): Claim {
  const { device, inode, node, handle, birth, mode, uid, gid } = facts;
  const mount = facts.mountId === null ? null : findMount(mounts(), facts.mountId);
  const from = { uid, gid };
  const file = { path, device, inode, node, handle, mount, birth, mode };
  return { ...file, from, to: { uid: to.uid, gid: to.gid } };
}

/** Whether it was claimed as a device; a generic SCSI node (major 21) is taken for a disk. */
export function isDeviceClaim({ node }: Claim): boolean {
  return node !== null && /^c(?!21:)/.test(node);
}
