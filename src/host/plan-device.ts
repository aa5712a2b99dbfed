import type { Finding } from '../errors.ts';
import { findGroup, nameOfGroup } from '../formats/group.ts';
import type { Policy } from '../policy/policy.ts';
import type { Change, HostPlan } from './change.ts';
import { type DeviceFacts, type HostFacts, KVM_NODE } from './facts.ts';
import type { Intent } from './intent.ts';
import { octal } from './plan-files.ts';

/** The live /dev/kvm; in an image, and in a container whose node is the host's, there is nothing to do. */
export function planDevice({ policy, parts }: Intent, facts: HostFacts): HostPlan {
  const findings = parts.includes('accounts') ? [] : describeGroup(policy, facts);
  const { device } = facts;
  if (!facts.isLive) return { changes: [], findings };
  const reason = whyNot(device, facts.isContainer);
  if (device === null || reason !== null)
    return { changes: [], findings: [...findings, ...(reason ?? [])] };
  return { changes: [planNode(policy, device, facts)], findings };
}

function planNode({ kvm }: Policy, device: DeviceFacts, { groups }: HostFacts): Change {
  const before = {
    uid: device.uid,
    group: nameOfGroup(groups, device.gid),
    mode: octal(device.mode),
  };
  const after = { uid: 0, group: kvm.group.name, mode: kvm.mode };
  const isGroup = findGroup(groups, after.group)?.gid === device.gid;
  const isSame = isGroup && before.uid === after.uid && before.mode === after.mode;
  const action = isSame ? 'none' : 'update';
  return { kind: 'device', id: KVM_NODE, action, before, after, done: isSame };
}

function describeGroup({ kvm }: Policy, { groups }: HostFacts): readonly Finding[] {
  const { name } = kvm.group;
  if (findGroup(groups, name) !== undefined) return [];
  const message = `there is no group ${name} for ${KVM_NODE}`;
  const hint = 'apply the accounts as well: --only accounts,device';
  return [{ code: 'VP_IDENTITY_UNKNOWN', severity: 'error', message, hint }];
}

function whyNot(device: DeviceFacts | null, isContainer: boolean): readonly Finding[] | null {
  if (isContainer)
    return [
      finding(
        `${KVM_NODE} is left alone: in a container or chroot it is the host's`,
        'run this on the host',
      ),
    ];
  if (device === null)
    return [
      finding(
        `there is no ${KVM_NODE}`,
        'modprobe kvm_intel or kvm_amd; enable virtualisation in the firmware',
      ),
    ];
  if (!device.isCharacterDevice)
    return [
      finding(`${KVM_NODE} is no character device`, 'remove it and load the kvm module again'),
    ];
  return null;
}

function finding(message: string, hint: string): Finding {
  return { code: 'VP_WARN_DEVICE', severity: 'warning', message, hint };
}
