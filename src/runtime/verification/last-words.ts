import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type Denial, parseDenials } from '../../formats/audit-log.ts';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import { openLedger, readRecord } from '../claims/ledger.ts';
import type { Native } from '../native.ts';
import type { Directories, RestoreRequest } from '../request.ts';

/** A line about a QEMU that has ended, and what to do about it. */
export interface LastWord {
  readonly message: string;
  readonly hint: string;
}

/** SIGSYS, as the status of a shell. */
const endedByFilter = 159;
const auditLog = '/var/log/audit/audit.log';
const tail = 1 << 18;

/** What to say before its files go back of a QEMU whose waiting parent says that it has ended; mostly nothing. */
export function findLastWords(
  native: Native,
  { state }: Directories,
  { name, ended }: RestoreRequest,
): readonly LastWord[] {
  if (name === null || ended === null) return [];
  const ledger = openLedger(native, state);
  const record = ledger === null ? null : readRecord(ledger, name);
  return record === null ? [] : describeEnd(record, ended);
}

/**
 * What to say of a QEMU that has ended soon after its start with this status: the paths that it was denied and that
 * its plan has not, where the audit log of this machine tells them.
 */
export function describeEnd(record: ClaimRecord, status: number): readonly LastWord[] {
  if (status === endedByFilter) return [filtered];
  if (record.pid === null || (record.landlock?.level ?? 'off') === 'off') return [];
  const denials = parseDenials(readTail(auditLog), record.pid);
  return denials.length === 0 ? [unknown] : denials.map(describeDenial);
}

const filtered: LastWord = {
  message: 'QEMU was ended for a system call that -sandbox denies it',
  hint: 'if this command line needs it, say so: -sandbox on,spawn=allow, or elevateprivileges=, resourcecontrol=, obsolete=',
};

const unknown: LastWord = {
  message: 'QEMU has ended at its start',
  hint: 'if it was denied a path that `qemu-launch plan` does not list, let it have that with --allow PATH or --allow PATH:rw',
};

function describeDenial({ path, writes }: Denial): LastWord {
  const message = `QEMU was denied ${path}, which its arguments do not name${writes ? ' for writing' : ''}`;
  return { message, hint: `if it may use that: --allow ${path}${writes ? ':rw' : ''}` };
}

// Who may not read it, or has no auditd, knows nothing of denials.
function readTail(path: string): string {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const bytes = Buffer.alloc(tail);
    const length = readSync(file, bytes, 0, tail, Math.max(0, fstatSync(file).size - tail));
    closeSync(file);
    return bytes.toString('utf8', 0, length);
  } catch {
    return '';
  }
}
