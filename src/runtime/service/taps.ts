import { closeSync } from 'node:fs';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import type { GiveBackContext } from '../claims/give-back.ts';
import { findTap } from '../interfaces.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Native } from '../native.ts';
import { noteMade, type OpenedTap, openTap } from '../open-handed.ts';

/**
 * Makes the interfaces that the QEMU of a service opens by itself, since nothing can be handed to it: they belong to
 * its user and stay until `restore`. What was there before is used as it is.
 */
export function makeTaps(
  native: Native,
  context: GiveBackContext,
  record: ClaimRecord,
  { taps, identity }: LaunchPlan,
): ClaimRecord {
  const missing = taps.filter((tap) => findTap(native, tap, identity) === null);
  const opened: OpenedTap[] = [];
  try {
    for (const tap of missing) opened.push(openTap(native, identity, tap));
    // On record before they stay: until then they go with their descriptors, and with this process.
    const made = opened.flatMap((each) => each.made ?? []);
    const noted = noteMade(context, record, made);
    for (const { descriptor } of opened) native.keepTap(descriptor, identity.uid);
    return noted;
  } finally {
    for (const { descriptor } of opened) closeSync(descriptor);
  }
}
