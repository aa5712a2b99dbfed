import { AppError } from '../../errors.ts';
import {
  type AccountChange,
  type Change,
  type HostPlan,
  isAccountChange,
  isPending,
} from '../plan/change.ts';
import type { PreparedPlan } from '../plan/prepared-plan.ts';

/** Throws VP_APPLY_UNPROVEN unless the root, read again, is as it was planned. */
export function requireProof(planned: PreparedPlan, now: PreparedPlan): void {
  const accounts = planned.changes.filter(isPending).filter(isAccountChange);
  const differences = [
    ...now.changes.filter(isPending).map(({ kind, id }) => `${kind} ${id} is not as planned`),
    ...accounts.flatMap((change) => describeDifference(change, now.changes)),
    ...(accounts.length > 0 ? describeHidden(planned, now) : []),
  ];
  if (differences.length === 0) return;
  const message = `${planned.root.path} was changed, but ${differences.join('; ')}`;
  throw new AppError('VP_APPLY_UNPROVEN', message, {
    path: planned.root.path,
    hint: 'look at `provision status`; another program may have changed the same things',
  });
}

// What the tools left out of shadow and gshadow; what was wrong before is not theirs.
function describeHidden(planned: HostPlan, now: HostPlan): readonly string[] {
  const before = planned.findings.map(({ message }) => message);
  return now.findings
    .filter(({ code, message }) => code === 'VP_WARN_ACCOUNTS' && !before.includes(message))
    .map(({ message }) => message);
}

// A plan keeps an account whatever its id; the tools exit 0 when they gave another id than was asked for.
function describeDifference(planned: AccountChange, now: readonly Change[]): readonly string[] {
  const isSame = (change: Change) => change.kind === planned.kind && change.id === planned.id;
  const found = Object.entries(now.find(isSame)?.before ?? {});
  if (found.length === 0) return [];
  return Object.entries(planned.after).flatMap(([key, wanted]) => {
    const value = found.find(([name]) => name === key)?.[1];
    if (wanted === null || wanted === value) return [];
    return [`${planned.kind} ${planned.id} has ${key} ${value} instead of ${wanted}`];
  });
}
