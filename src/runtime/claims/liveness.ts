import type { ClaimRecord } from '../../formats/claim-record.ts';
import { isRunning } from '../process-facts.ts';

/**
 * Whether a record still stands: its process lives, or (left by `prepare`) it
 * waits for one in this very boot.
 */
export function isLive(record: ClaimRecord, bootId: string): boolean {
  if (record.bootId !== bootId) return false;
  if (record.pid === null || record.startTime === null) return true;
  return isRunning(record.pid, record.startTime);
}
