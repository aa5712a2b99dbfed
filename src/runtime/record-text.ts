import type { ClaimRecord } from '../formats/claim-record.ts';
import { printOwner } from './claims/restore.ts';
import { printTable } from './table.ts';

/** One VM as cli.md's `--report` and `list --json` have it. */
export function recordDocument(record: ClaimRecord, running: boolean): object {
  const { name, pid, startTime, bootId, verified, identity, status, claims, timings } = record;
  return {
    name,
    pid,
    startTime,
    bootId,
    running,
    verified,
    identity,
    status,
    landlock: { level: 'off', abi: 0 },
    claims: claims.map(({ path, from, to }) => ({ path, from, to })),
    timings,
  };
}

export interface ListedRecord {
  readonly record: ClaimRecord;
  readonly running: boolean;
}

/** The VMs for people: one line each, its claims below it. */
export function printRecords(listed: readonly ListedRecord[]): string {
  if (listed.length === 0) return 'no VM is running and nothing is claimed\n';
  const rows = listed.flatMap(({ record, running }) => [
    [record.name, describeState(record, running), record.identity.user],
    ...record.claims.map(({ path, from, to }) => {
      return ['', path, `${printOwner(from)} given to ${printOwner(to)}`];
    }),
  ]);
  return printTable([['name', 'state', 'user'], ...rows]);
}

function describeState(record: ClaimRecord, running: boolean): string {
  if (record.pid === null) return 'prepared';
  if (!running) return `gone (pid was ${record.pid}): run \`qemu-launch restore --all\``;
  return `running, pid ${record.pid}, ${record.verified ? 'verified' : 'not verified'}`;
}
