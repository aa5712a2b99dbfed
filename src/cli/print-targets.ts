import type { Target } from '../targets/target.ts';
import { printTable } from './print-table.ts';

const columns: readonly (readonly [string, (target: Target) => string])[] = [
  ['TARGET', ({ id }) => id],
  ['RPM', ({ rpm }) => rpm],
  ['SYSTEMD', ({ systemd }) => systemd],
  ['ACCOUNTS', ({ accounts }) => accounts],
  ['UDEV', ({ udev }) => udev],
  ['USER', ({ user, uid }) => describeAccount(user, uid)],
  ['GROUP', describeGroup],
  ['KVM', ({ kvmGroup, kvmGid }) => describeAccount(kvmGroup, kvmGid)],
  ['MODE', ({ kvmMode }) => kvmMode],
];

/** A table for people: a line for each target. */
export function printTargets(targets: readonly Target[]): string {
  return printTable([columns.map(([title]) => title), ...targets.map(cellsOf)]);
}

function cellsOf(target: Target): readonly string[] {
  return columns.map(([, cellOf]) => cellOf(target));
}

// The user's own group is the rule, and would make the table a quarter wider.
function describeGroup({ user, uid, group, gid }: Target): string {
  return user === group && uid === gid ? 'same' : describeAccount(group, gid);
}

function describeAccount(name: string, id: number | null): string {
  return `${name}(${id ?? 'any'})`;
}
