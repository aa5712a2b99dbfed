import { AppError, type Finding, toFinding } from '../../errors.ts';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import { withDescriptor } from '../files.ts';
import { type LaunchPlan, plannedClaims } from '../launch-plan.ts';
import type { Native } from '../native.ts';
import { readBootId } from '../process-facts.ts';
import { refuseDamagedName, refuseSameName, refuseUse } from './conflict.ts';
import { refuseOthersTap } from './find-tap.ts';
import { type Ledger, openLedger, readRecords } from './ledger.ts';
import { isLive } from './liveness.ts';
import { openClaim, type WantedClaim } from './open-claim.ts';
import { requireNoRunDirectory } from './run-directory.ts';

/** What the ledger would say to this launch now: a name or a disk that is in use. Nothing is locked, given back or written. */
export function foreseeConflicts(native: Native, plan: LaunchPlan): readonly Finding[] {
  const { state, run } = plan.directories;
  let records: readonly ClaimRecord[] = [];
  const unread = refusalOf(() => {
    const ledger = openLedger(native, state);
    if (ledger !== null) records = readOwn(ledger, plan.name);
  });
  const live = records.filter((record) => isLive(record, readBootId()));
  // What a dead VM of this name has left is given back first, its directory too.
  const isKnown = records.some(({ name }) => name === plan.name);
  return [
    ...unread,
    ...refusalOf(() => refuseSameName(live, plan.name)),
    ...(isKnown ? [] : refusalOf(() => requireNoRunDirectory(native, run, plan.name))),
    ...plannedClaims(plan).flatMap((wanted) => findUse(native, plan, live, wanted)),
    ...namedTaps(plan).flatMap((name) => {
      const facts = native.readInterface(name);
      return facts === null ? [] : refusalOf(() => refuseOthersTap(live, plan.name, name, facts));
    }),
  ];
}

function namedTaps({ descriptors, taps }: LaunchPlan): readonly string[] {
  const handed = descriptors.flatMap((each) => (each.source === 'tap' ? [each] : []));
  const names = [...handed, ...taps].map((tap) => tap.interface);
  return [...new Set(names)].filter((name) => !name.includes('%d'));
}

function readOwn(ledger: Ledger, name: string): readonly ClaimRecord[] {
  const { records, damaged } = readRecords(ledger);
  refuseDamagedName(damaged, name, ledger.path);
  return records;
}

// A path that cannot be opened as a claim has been told about already.
function findUse(
  native: Native,
  { identity }: LaunchPlan,
  live: readonly ClaimRecord[],
  wanted: WantedClaim,
): readonly Finding[] {
  const found = refusalOf(() => {
    const open = openClaim(native, wanted, identity);
    withDescriptor(open.descriptor, () => refuseUse(native, { live, held: [] }, open));
  });
  return found.filter(({ code }) => code === 'VP_PATH_IN_USE');
}

function refusalOf(check: () => void): readonly Finding[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof AppError) return [toFinding(error)];
    throw error;
  }
}
