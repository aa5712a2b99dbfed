import { AppError } from '../../errors.ts';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import { findTap } from '../handover/interfaces.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { InterfaceFacts } from '../native.ts';
import type { Tap } from '../qemu-args/handover.ts';
import { bearer } from './conflict.ts';
import type { GiveBackContext } from './give-back.ts';
import { readRecords } from './ledger.ts';
import { isLive } from './liveness.ts';
import { readNetwork } from './made.ts';

/**
 * The facts of a tap that is there already and may be used; null when it must be made. Throws VP_INTERFACE, also for
 * one that was made for another VM. Whoever calls it holds the ledger's lock until its own taps are on record.
 */
export function findFreeTap(
  { native, ledger, bootId }: GiveBackContext,
  { name, identity }: Pick<LaunchPlan, 'name' | 'identity'>,
  tap: Tap,
): InterfaceFacts | null {
  const facts = findTap(native, tap, identity);
  if (facts === null) return null;
  const live = readRecords(ledger).records.filter((record) => isLive(record, bootId));
  refuseOthersTap(live, name, tap.interface, facts);
  return facts;
}

/** A tap of several queues would take another VM's too, and its packets with it. `own`: the VM that wants it. */
export function refuseOthersTap(
  live: readonly ClaimRecord[],
  own: string,
  name: string,
  { index }: InterfaceFacts,
): void {
  const other = live.find((record) => record.name !== own && hasMade(record, index));
  if (other === undefined) return;
  const message = `the interface ${name} is in use by the VM ${other.name} (${bearer(other)})`;
  const hint = 'give the tap another name with ifname=, or none; or end that VM first';
  throw new AppError('VP_INTERFACE', message, { hint });
}

// By its number: a name can be changed.
function hasMade({ made = [] }: ClaimRecord, index: number): boolean {
  return made.some(
    (each) =>
      each.kind === 'interface' &&
      each.index === index &&
      (each.network ?? readNetwork()) === readNetwork(),
  );
}
