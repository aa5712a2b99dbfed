import type { Surroundings } from './surroundings.ts';

/** What decides over the node. */
export interface NodeState {
  /** The node can be opened by a group, and not by everybody. */
  readonly isForGroup: boolean;
  readonly gid: number;
  readonly groupName: string;
  /** The gid that the policy's group has here; null when there is no such group. */
  readonly wantedGid: number | null;
  /** Rules and lines of others that win over the policy, as `FILE:LINE: WHAT`. */
  readonly strays: readonly string[];
}

/** What helps where the node has the wrong owner, mode or list. */
export function adviseWrongNode(place: Surroundings, node: NodeState): string {
  if (place.container !== null) return adviseContainer(place, node);
  if (place.isChroot === true)
    return "run `provision apply --only device` on the host: the node is the host's";
  const [stray] = node.strays;
  if (stray !== undefined)
    return `take that line out or make it agree, then: provision apply --only device (${stray})`;
  if (place.runner !== null)
    return 'in the job, before anything uses it: sudo provision apply --only accounts,device';
  if (place.isWsl && !place.hasSystemd)
    return 'command = provision apply --only device below [boot] in /etc/wsl.conf: without systemd each start makes the node anew';
  return 'provision apply --only device';
}

function adviseContainer({ container }: Surroundings, node: NodeState): string {
  const { isForGroup, gid, groupName, wantedGid } = node;
  if (!isForGroup || gid === wantedGid)
    return "run `provision apply --only device` on the host: the node is the host's";
  const inside = `groupmod --gid ${gid} ${groupName} in the container`;
  if (container === 'docker' || container === 'podman')
    return `the host's group has gid ${gid}: start it with ${container} run --group-add ${gid}, or ${inside}`;
  return `the host's group has gid ${gid}: ${inside}, or mode 0666 on the host`;
}
