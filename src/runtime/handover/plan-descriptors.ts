import { existsSync } from 'node:fs';
import type { Finding } from '../../errors.ts';
import type { Identity } from '../identity.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Native } from '../native.ts';
import type { Handing, Tap } from '../qemu-args/handover.ts';
import type { QemuArguments } from '../qemu-args/parse.ts';
import type { LaunchRequest } from '../request.ts';
import { inspectDescriptors } from './caller-descriptors.ts';
import { judgeTaps } from './interfaces.ts';

/** What QEMU gets opened, what must stay for it, and what stands in the way of either. */
export interface PlannedDescriptors extends Pick<LaunchPlan, 'descriptors' | 'taps'> {
  readonly findings: readonly Finding[];
}

/** How QEMU gets what it may not open. Who is not root can open no more than QEMU; `plan` asks about `run`. */
export function chooseHanding(
  mode: LaunchPlan['mode'],
  command: LaunchRequest['command'],
): Handing {
  if (mode !== 'system') return 'none';
  return command === 'prepare' ? 'persistent' : 'descriptors';
}

/** Is this number a descriptor of this process? */
export function isOpen(number: number): boolean {
  return existsSync(`/proc/self/fd/${number}`);
}

export function planDescriptors(
  native: Native,
  { descriptors: uses, handed }: QemuArguments,
  identity: Identity,
): PlannedDescriptors {
  const given = inspectDescriptors(uses);
  const descriptors = [...given.descriptors, ...handed.descriptors];
  const queues = handed.descriptors.flatMap((each) => (each.source === 'tap' ? [each] : []));
  // Every interface once: its queues are further descriptors of it.
  const taps = [...queues.filter(({ queue }) => queue === 0), ...handed.taps];
  return {
    descriptors: descriptors.sort((a, b) => a.number - b.number),
    taps: handed.taps,
    findings: [
      ...given.findings,
      ...findMissingRight(native, taps),
      ...judgeTaps(native, taps, identity),
    ],
  };
}

const networkAdministration = 12n;

function findMissingRight(native: Native, taps: readonly Tap[]): readonly Finding[] {
  const held = BigInt(`0x${native.readCapabilities(0).effective}`);
  if (taps.length === 0 || ((held >> networkAdministration) & 1n) === 1n) return [];
  const message = `to make the interface ${taps[0]?.interface} takes CAP_NET_ADMIN`;
  const hint = 'start qemu-launch as root, in a container with that capability';
  return [{ code: 'VP_MISSING_PRIVILEGE', severity: 'error', message, hint }];
}
