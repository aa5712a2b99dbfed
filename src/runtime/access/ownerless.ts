import { statfsSync } from 'node:fs';

/** File systems whose files all belong to whoever mounted them: fat and exfat (linux/magic.h). */
const ownerless: ReadonlySet<number> = new Set([0x4d44, 0x2011bab0]);

/** Whether an owner can be changed where the path lies; in doubt it is tried. */
export function keepsOwners(path: string): boolean {
  try {
    return !isOwnerless(statfsSync(path).type);
  } catch {
    return true;
  }
}

/** Whether this number of statfs(2) is that of a file system without owners. */
export function isOwnerless(type: number): boolean {
  return ownerless.has(type);
}
