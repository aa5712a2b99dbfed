import type { Facts } from '../files.ts';
import type { HostPath, ResourceKind } from '../qemu-args/host-path.ts';

/** Kinds that name a device of the host which one machine has for itself alone, as libvirt gives them away. */
const ownKinds: ReadonlySet<ResourceKind> = new Set(['host-device', 'tpm', 'input']);
/** Kinds by which a device may be named, or something else. */
const mixedKinds: ReadonlySet<ResourceKind> = new Set([...ownKinds, 'chardev', 'memory']);

/** Major number of generic SCSI nodes, which QEMU uses as disks (Documentation/admin-guide/devices.txt). */
const genericScsi = 21;

/** The one node of /dev that is given away although all machines reach theirs by it. */
export const vhostScsi = '/dev/vhost-scsi';

type Named = Pick<HostPath, 'kind' | 'path'>;

/** Whether the rules give such a path away: a line of a character device, a TPM and so on that is a node of the host. */
export function isGivenDevice({ kind, path }: Named, facts: Facts): boolean {
  if (path === vhostScsi) return true;
  return mixedKinds.has(kind) && isCharacter(facts) && !isCommon(facts.rdev);
}

/** Whether what bears the path is to be a device when it is given away, not what stores something. */
export function isDevice({ kind }: Named, facts: Facts): boolean {
  if (ownKinds.has(kind) || kind === 'device-node') return true;
  return isCharacter(facts) && !isGenericScsi(facts);
}

/** Whether a character device is a generic SCSI node. */
export function isGenericScsi(facts: Facts): boolean {
  return isCharacter(facts) && majorOf(facts.rdev) === genericScsi;
}

type Node = Exclude<Facts, string | null>;

function isCharacter(facts: Facts): facts is Node {
  return facts !== null && facts !== 'hidden' && facts.isCharacterDevice();
}

// Memory and null, the terminal and the console, pseudo-terminals: native/trust.c gives them to nobody.
function isCommon(device: number): boolean {
  const major = majorOf(device);
  return major === 1 || major === 5 || (major >= 136 && major < 144);
}

function majorOf(device: number): number {
  return (device >> 8) & 0xfff;
}
