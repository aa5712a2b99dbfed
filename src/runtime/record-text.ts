import type { ClaimRecord } from '../formats/claim-record.ts';
import { printOwner } from './claims/restore.ts';
import { printTable } from './table.ts';

/** One VM as cli.md's `--report` and `list --json` have it. */
export function recordDocument({ record, stands }: ListedRecord): object {
  const { name, pid, startTime, bootId, verified, identity, status, claims, timings } = record;
  return {
    name,
    pid,
    startTime,
    bootId,
    running: stands && pid !== null,
    verified,
    identity,
    status,
    landlock: record.landlock ?? { level: 'off', abi: 0 },
    claims: claims.map(({ path, from, to }) => ({ path, from, to })),
    timings,
  };
}

export interface ListedRecord {
  readonly record: ClaimRecord;
  /** Its process lives, or it waits for one. */
  readonly stands: boolean;
}

/** The VMs for people: one line each, its claims below it. */
export function printRecords(listed: readonly ListedRecord[]): string {
  if (listed.length === 0) return 'no VM is running and nothing is claimed\n';
  const rows = listed.flatMap(({ record, stands }) => [
    [record.name, describeState(record, stands), record.identity.user],
    ...record.claims.map(({ path, from, to }) => {
      return ['', path, `${printOwner(from)} given to ${printOwner(to)}`];
    }),
  ]);
  return printTable([['name', 'state', 'user'], ...rows]);
}

function describeState({ pid, verified }: ClaimRecord, stands: boolean): string {
  if (stands) {
    if (pid === null) return 'prepared';
    return `running, pid ${pid}, ${verified ? 'verified' : 'not verified'}`;
  }
  const was = pid === null ? 'prepared before a restart' : `pid was ${pid}`;
  return `gone (${was}): run \`qemu-launch restore --all\``;
}
