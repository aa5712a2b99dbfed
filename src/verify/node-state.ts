import { findGroup, nameOfGroup } from '../formats/group.ts';
import { isAsWanted, printGrants } from '../policy/device-access.ts';
import type { NodeState } from './doctor/wrong-node.ts';
import type { HostView, LiveView } from './host-view.ts';

type Node = NonNullable<LiveView['node']>;

/** The node in the words of ls and getfacl: `0666 root:kvm`. */
export function describeNode({ uid, gid, mode, acl }: Node, { users, groups }: HostView): string {
  const user = users.find((each) => each.uid === uid)?.name ?? uid;
  const owner = `${octal(mode)} ${user}:${nameOfGroup(groups, gid)}`;
  return [owner, ...printGrants(acl)].join(' ');
}

/** What the policy says the node must be, in the same words. */
export function describeWanted({ policy: { kvm } }: HostView): string {
  return `${kvm.mode} root:${kvm.group.name}`;
}

/** The node against the policy. A container has accounts of its own: there only the right to open it counts. */
export function isNodeRight(node: Node, { policy: { kvm }, groups, live }: HostView): boolean {
  const wantedGid = findGroup(groups, kvm.group.name)?.gid;
  const isOpen = node.acl.every(({ permissions }) => permissions === 6);
  const isForAll = (node.mode & 0o666) === 0o666 && isOpen;
  const isElsewhere = live?.surroundings.container != null;
  if (isElsewhere && kvm.access === 'world') return isForAll;
  return isAsWanted(node, kvm, wantedGid);
}

/** What advice about the node rests on; null when there is none. */
export function nodeStateOf({ policy, groups, live, device }: HostView): NodeState | null {
  if (live?.node == null) return null;
  const { gid, mode } = live.node;
  const { name } = policy.kvm.group;
  return {
    isForGroup: (mode & 0o066) === 0o060,
    gid,
    groupName: name,
    wantedGid: findGroup(groups, name)?.gid ?? null,
    strays: device.strays.filter(({ path }) => path !== undefined).map(({ message }) => message),
  };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
