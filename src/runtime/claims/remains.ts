import { existsSync, readdirSync, unlinkSync } from 'node:fs';
import type { Ledger } from './ledger.ts';

/** Removes what launchers have left that were killed while they wrote a record. The ledger must be locked. */
export function removeRemains(ledger: Ledger): void {
  for (const file of readdirSync(ledger.base)) {
    const [, pid] = /^\..+\.json\.(\d+)\.new$/.exec(file) ?? [];
    // One that lives may be about to rename it.
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeIfThere(`${ledger.base}/${file}`);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
