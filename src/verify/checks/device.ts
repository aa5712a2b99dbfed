import { failed, type Outcome, passed, warned } from '../check.ts';
import { adviseMissingNode } from '../doctor/missing-node.ts';
import { adviseWrongNode } from '../doctor/wrong-node.ts';
import type { DeviceView, HostView, LiveView } from '../host-view.ts';
import { describeNode, describeWanted, isNodeRight, nodeStateOf } from '../node-state.ts';
import { isNested } from '../read-nested.ts';

/** /dev/kvm and what decides over it; of an image only the latter. */
export function checkDevice(host: HostView, hasNested = () => isNested()): Outcome {
  if (host.live === null) return judgeImage(host.device);
  const outcome = judgeLive(host, host.live);
  const isOpen = ((host.live.node?.mode ?? 0) & 0o006) !== 0;
  if (outcome.status !== 'pass' || !isOpen || !hasNested()) return outcome;
  const danger = 'every user reaches the code for guests of guests';
  const summary = `${outcome.summary} with nested virtualisation on: ${danger}`;
  return warned(summary, nestedHint, outcome.evidence);
}

const nestedHint =
  'kvm: { access: group } in the policy, or options kvm_intel nested=0 (kvm_amd) in /etc/modprobe.d where no guest needs it';

function judgeImage({ strays, winners }: DeviceView): Outcome {
  const [first] = strays;
  if (first === undefined)
    return passed('where this image boots, /dev/kvm will be as the policy says', winners);
  return failed(first.message, first.hint, [...winners, ...others(strays)]);
}

function judgeLive(host: HostView, live: LiveView): Outcome {
  const { node, surroundings } = live;
  const module = live.module === null ? 'no KVM module is loaded' : `module ${live.module}`;
  const evidence = [...host.device.winners, module];
  if (node === null) {
    const { reason, hint } = adviseMissingNode(surroundings);
    return failed(`there is no /dev/kvm: ${reason}`, hint, evidence);
  }
  if (!node.isCharacterDevice)
    return failed(
      '/dev/kvm is no character device',
      'remove it and load the kvm module again',
      evidence,
    );
  const found = `/dev/kvm is ${describeNode(node, host)}`;
  const state = nodeStateOf(host);
  if (!isNodeRight(node, host) && state !== null)
    return failed(
      `${found}, the policy says ${describeWanted(host)}`,
      adviseWrongNode(surroundings, state),
      evidence,
    );
  return judgeRightNode(host, live, found, evidence);
}

function judgeRightNode(
  { device: { strays } }: HostView,
  { module, surroundings }: LiveView,
  found: string,
  evidence: readonly string[],
): Outcome {
  const [stray] = strays;
  // In a container the rules are of no use: the node is the host's.
  if (stray !== undefined && surroundings.container === null)
    return warned(`${found}, and will not stay so: ${stray.message}`, stray.hint, [
      ...evidence,
      ...others(strays),
    ]);
  if (module === null)
    return warned(
      `${found}, and no KVM module is loaded`,
      adviseMissingNode(surroundings).hint,
      evidence,
    );
  return passed(found, evidence);
}

function others(strays: DeviceView['strays']): readonly string[] {
  return strays.slice(1).map(({ message }) => message);
}
