import { AppError, type Finding } from '../../errors.ts';
import type { Identity } from '../identity.ts';
import type { InterfaceFacts, Native } from '../native.ts';
import type { Tap } from '../qemu-args/handover.ts';

/** What stands in the way of making these interfaces, or of using those that are there. */
export function judgeTaps(
  native: Native,
  taps: readonly Tap[],
  identity: Identity,
): readonly Finding[] {
  return taps.flatMap((tap) => [
    ...judgeBridge(native, tap),
    ...judgeExisting(native, tap, identity),
  ]);
}

/** The facts of a tap that is there already and may be used; null when it must be made. Throws VP_INTERFACE. */
export function findTap(native: Native, tap: Tap, identity: Identity): InterfaceFacts | null {
  const [finding] = judgeExisting(native, tap, identity);
  if (finding === undefined) return readInterface(native, tap.interface);
  throw new AppError('VP_INTERFACE', finding.message, { hint: finding.hint });
}

function readInterface(native: Native, name: string): InterfaceFacts | null {
  return name.includes('%d') ? null : native.readInterface(name);
}

function judgeBridge(native: Native, { bridge }: Tap): readonly Finding[] {
  if (bridge === null) return [];
  const facts = native.readInterface(bridge);
  if (facts === null) {
    const hint = `make it first: ip link add ${bridge} type bridge && ip link set ${bridge} up`;
    return [refused(`there is no bridge ${bridge}`, hint)];
  }
  if (facts.kind === 'bridge') return [];
  const what = facts.kind === '' ? 'a network card' : `of kind ${facts.kind}`;
  const hint =
    'name a bridge of the kernel; for any other switch make the tap and its port before, for the user that QEMU runs as, and name it with ifname=';
  return [refused(`${bridge} is ${what}, and no bridge`, hint)];
}

function judgeExisting(native: Native, tap: Tap, identity: Identity): readonly Finding[] {
  const facts = readInterface(native, tap.interface);
  if (facts === null) return [];
  const problem = describeProblem(native, tap, facts, identity);
  return problem === null
    ? []
    : [refused(`the interface ${tap.interface} ${problem[0]}`, problem[1])];
}

type Problem = readonly [message: string, hint: string];

function describeProblem(
  native: Native,
  { bridge, queues }: Tap,
  facts: InterfaceFacts,
  identity: Identity,
): Problem | null {
  const another = 'give the tap another name with ifname=, or none';
  if (facts.kind !== 'tun' || !facts.tap) return ['exists and is no tap', another];
  const owner = describeOwner(facts, identity);
  if (owner !== null) return [`belongs to ${owner}`, another];
  if (facts.multiQueue !== queues > 1) {
    const hint = facts.multiQueue ? 'say queues=2 or more' : 'leave queues= out';
    return [`was made ${facts.multiQueue ? 'for several queues' : 'for one queue'}`, hint];
  }
  const isPort = bridge === null || native.readInterface(bridge)?.index === facts.master;
  return isPort
    ? null
    : [`exists and is no port of ${bridge}`, `ip link set NAME master ${bridge}`];
}

// Root's own, or nobody's: the administrator made it for a QEMU of root's.
function describeOwner({ owner, group }: InterfaceFacts, identity: Identity): string | null {
  if (owner !== null && owner !== 0 && owner !== identity.uid) return `user ${owner}`;
  const isMember = group === null || identity.gid === group || identity.groups.includes(group);
  return owner === null && !isMember ? `group ${group}` : null;
}

function refused(message: string, hint: string): Finding {
  return { code: 'VP_INTERFACE', severity: 'error', message, hint };
}
