import { chmodSync, closeSync, constants, fstatSync, openSync } from 'node:fs';
import { O_PATH } from '../files.ts';
import type { Native } from '../native.ts';

/** Opens (O_PATH) the socket that stands at a path, no link followed, if it is `owner`'s or root's; else null. */
export function openSocket(path: string, owner: number): number | null {
  // A name of its own alone: whoever linked it elsewhere would still have it there.
  const file = openSync(path, O_PATH | constants.O_NOFOLLOW);
  const facts = fstatSync(file);
  if (facts.isSocket() && [0, owner].includes(facts.uid) && facts.nlink === 1) return file;
  closeSync(file);
  return null;
}

/** From here on only root may connect to it; who is connected stays so. */
export function takeSocket(native: Native, file: number): void {
  native.changeOwner(file, 0, 0);
  // Its owner may have opened it to others before; a mask of nothing also ends an access list.
  chmodSync(`/proc/self/fd/${file}`, 0o600);
}
