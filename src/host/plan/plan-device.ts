import type { Finding } from '../../errors.ts';
import { findGroup, nameOfGroup } from '../../formats/group.ts';
import { isAsWanted, printGrants } from '../../policy/device-access.ts';
import type { Policy } from '../../policy/policy.ts';
import type { HostFacts, LiveFacts } from '../facts/facts.ts';
import { type DeviceFacts, KVM_NODE } from '../facts/read-device.ts';
import type { Change, DeviceValue, HostPlan } from './change.ts';
import { describeKvmRules } from './describe-kvm-rules.ts';
import { describeMissingNode } from './describe-missing-node.ts';
import type { Intent } from './intent.ts';
import { octal } from './plan-files.ts';

/** The live /dev/kvm, and who else has a say in it; in an image and where the node is the host's there is nothing to do. */
export function planDevice(intent: Intent, facts: HostFacts): HostPlan {
  const { policy, parts } = intent;
  const findings = [
    ...(parts.includes('accounts') ? [] : describeGroup(policy, facts)),
    ...describeKvmRules(intent, facts),
  ];
  if (facts.live === null) return { changes: [], findings };
  const { device } = facts.live;
  const reasons = whyNot(facts.live, intent);
  if (device === null || reasons.length > 0)
    return { changes: [], findings: [...findings, ...reasons] };
  const change = planNode(policy, device, facts);
  return { changes: [change], findings: [...findings, ...describeUdev(change, facts.live)] };
}

function planNode({ kvm }: Policy, device: DeviceFacts, { groups }: HostFacts): Change {
  const before = describeNode(device, nameOfGroup(groups, device.gid));
  const after = { uid: 0, group: kvm.group.name, mode: kvm.mode };
  const base = { kind: 'device', id: KVM_NODE } as const;
  return isAsWanted(device, kvm, findGroup(groups, after.group)?.gid)
    ? { ...base, action: 'none', before, after: { ...after, ...listOf(device) }, done: true }
    : { ...base, action: 'update', before, after, done: false };
}

function describeNode({ uid, mode, acl }: DeviceFacts, group: string): DeviceValue {
  return { uid, group, mode: octal(mode), ...listOf({ acl }) };
}

function listOf({ acl }: Pick<DeviceFacts, 'acl'>): Pick<DeviceValue, 'acl'> {
  const grants = printGrants(acl);
  return grants.length > 0 ? { acl: grants } : {};
}

function describeGroup({ kvm }: Policy, { groups }: HostFacts): readonly Finding[] {
  const { name } = kvm.group;
  if (findGroup(groups, name) !== undefined) return [];
  const message = `there is no group ${name} for ${KVM_NODE}`;
  const hint = 'apply the accounts as well: --only accounts,device';
  return [{ code: 'VP_IDENTITY_UNKNOWN', severity: 'error', message, hint }];
}

function whyNot(live: LiveFacts, { consent }: Intent): readonly Finding[] {
  const { device, kvm, environment } = live;
  if (!consent.forceDevice && environment.container !== null) {
    const message = `${KVM_NODE} is left alone: this is a container (${environment.container}), and the node is the host's`;
    return [finding(message, 'run this on the host; --force-device changes the node from here')];
  }
  if (environment.container === null && environment.isChroot === true) {
    const message = `${KVM_NODE} is left alone: this is a chroot, and the node is the host's`;
    return [finding(message, 'run this on the host itself')];
  }
  if (!consent.forceDevice && environment.isChroot === null) {
    const message = `${KVM_NODE} is left alone: /proc does not show whether this is the host itself`;
    return [finding(message, 'run it as root with /proc mounted, or --force-device')];
  }
  if (device === null) return [describeMissingNode(kvm)];
  if (device.isCharacterDevice) return [];
  return [finding(`${KVM_NODE} is no character device`, 'remove it and load the kvm module again')];
}

function describeUdev({ done }: Change, { udev }: LiveFacts): readonly Finding[] {
  if (done || udev !== 'absent') return [];
  const message = `no udevd answers: ${KVM_NODE} is changed directly, and stays so until it is made anew`;
  return [{ code: 'VP_WARN_DEVICE', severity: 'info', message, hint: '' }];
}

function finding(message: string, hint: string): Finding {
  return { code: 'VP_WARN_DEVICE', severity: 'warning', message, hint };
}
