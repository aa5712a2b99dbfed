import { closeSync } from 'node:fs';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import { findFreeTap } from '../claims/find-tap.ts';
import type { GiveBackContext } from '../claims/give-back.ts';
import { withLock } from '../claims/ledger.ts';
import { noteMade, type OpenedTap, openTap } from '../handover/open-handed.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Native } from '../native.ts';

/**
 * Makes the interfaces that the QEMU of a service opens by itself, since nothing can be handed to it: they belong to
 * its user and stay until `restore`. What was there before is used as it is.
 */
export function makeTaps(
  native: Native,
  context: GiveBackContext,
  record: ClaimRecord,
  plan: LaunchPlan,
): ClaimRecord {
  if (plan.taps.length === 0) return record;
  return withLock(native, context.ledger, () => makeMissing(native, context, record, plan));
}

function makeMissing(
  native: Native,
  context: GiveBackContext,
  record: ClaimRecord,
  plan: LaunchPlan,
): ClaimRecord {
  const { taps, identity } = plan;
  const missing = taps.filter((tap) => findFreeTap(context, plan, tap) === null);
  const opened: OpenedTap[] = [];
  try {
    for (const tap of missing) opened.push(openTap(context, plan, tap));
    // On record before they stay: until then they go with their descriptors, and with this process.
    const made = opened.flatMap((each) => each.made ?? []);
    const noted = noteMade(context, record, made);
    for (const { descriptor } of opened) native.keepTap(descriptor, identity.uid);
    return noted;
  } finally {
    for (const { descriptor } of opened) closeSync(descriptor);
  }
}
