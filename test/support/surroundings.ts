import type { Surroundings } from '../../src/verify/doctor/surroundings.ts';
import type { NodeState } from '../../src/verify/doctor/wrong-node.ts';

/** A machine of its own whose kernel has KVM. */
export const bareMetal: Surroundings = {
  container: null,
  isChroot: false,
  isWsl: false,
  hasSystemd: true,
  runner: null,
  hasModule: true,
  ban: null,
  missing: { reason: 'nobody has made it', hint: 'make it' },
};

/** A node that the policy's group may open. */
export const groupNode: NodeState = {
  isForGroup: true,
  gid: 36,
  groupName: 'kvm',
  wantedGid: 36,
  strays: [],
};
