import { constants } from 'node:os';
import type { KvmProbe } from '../probe-kvm.ts';
import { adviseMissingNode } from './missing-node.ts';
import type { Advice, Surroundings } from './surroundings.ts';
import { adviseWrongNode, type NodeState } from './wrong-node.ts';

/** Who tried, and what there was to try. */
export interface Attempt {
  readonly user: string;
  readonly probe: KvmProbe;
  /** Null: there is no node. */
  readonly node: NodeState | null;
  /** The node is as the policy says. */
  readonly isNodeRight: boolean;
}

const { EACCES, EBUSY, ENODEV, ENOENT, ENOMEM, ENOTTY, ENXIO, EPERM } = constants.errno;

/** Why a user could not make a guest, and what helps in a place like this. */
export function adviseRefusedKvm(place: Surroundings, attempt: Attempt): Advice {
  const { step, error, number } = attempt.probe;
  if (step === 'open') return adviseOpen(place, attempt);
  if (step === 'create') return adviseCreate(error);
  const isOther = step === 'device' || error === ENOTTY;
  return {
    reason: isOther
      ? 'what stands there is not KVM'
      : `its interface has version ${number}, not 12`,
    hint: isOther
      ? 'remove it and load the module again: the node of KVM is a character device, 10:232'
      : 'QEMU needs a kernel from Linux 2.6.22 on',
  };
}

function adviseOpen(place: Surroundings, attempt: Attempt): Advice {
  const { error } = attempt.probe;
  if (error === ENOENT || attempt.node === null) return adviseMissingNode(place);
  if (error === EPERM) return adviseController(place);
  if (error === ENODEV || error === ENXIO)
    return place.hasModule
      ? {
          reason: 'the node stands for no device',
          hint: 'remove it and load the module again: the node of KVM is a character device, 10:232',
        }
      : {
          reason: `no KVM is behind the node: ${adviseMissingNode(place).reason}`,
          hint: adviseMissingNode(place).hint,
        };
  return error === EACCES
    ? adviseRights(place, attempt.node, attempt)
    : { reason: attempt.probe.text, hint: 'the kernel log may say more' };
}

// The device controller of a control group answers so, never the mode.
function adviseController({ container }: Surroundings): Advice {
  return container === null
    ? {
        reason: 'a device controller forbids it',
        hint: 'DeviceAllow=/dev/kvm rw in the service that this was started from',
      }
    : {
        reason: 'the device controller of the container forbids it',
        hint: 'start it with --device /dev/kvm; a mere bind of the node is not enough',
      };
}

function adviseRights(
  place: Surroundings,
  node: NodeState,
  { user, isNodeRight }: Attempt,
): Advice {
  if (!isNodeRight)
    return { reason: 'its owner and mode forbid it', hint: adviseWrongNode(place, node) };
  if (node.isForGroup)
    return {
      reason: `user ${user} is not in the group ${node.groupName}`,
      hint: `usermod --append --groups ${node.groupName} ${user}; it counts from the next login on`,
    };
  return {
    reason: 'its mode allows it: a security module or a directory on the way forbids it',
    hint: 'see the audit log (ausearch -m avc, or dmesg), and the mode of /dev',
  };
}

function adviseCreate(error: number): Advice {
  const text = 'the device opens, and the kernel makes no guest';
  if (error === EBUSY)
    return {
      reason: `${text}: another hypervisor has the processor`,
      hint: 'end the guests of VirtualBox or VMware, or unload their modules',
    };
  if (error === ENOMEM)
    return { reason: `${text}: no memory`, hint: 'see memory.max of the control group' };
  return { reason: text, hint: 'the kernel log says why' };
}
