import { constants, fstatSync, openSync } from 'node:fs';
import { hiddenRoot } from '../claims/run-directory.ts';
import { findFile, withDescriptor } from '../files.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Native } from '../native.ts';
import { openOwnDirectory } from '../own-directory.ts';

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Whose own directory: RUN/NAME, or what its unit shows as that. */
export interface Guest {
  readonly mode: LaunchPlan['mode'];
  readonly run: string;
  readonly name: string;
}

type Use<T> = (base: string) => T;

export function guestOf({ mode, directories, name }: LaunchPlan): Guest {
  return { mode, run: directories.run, name };
}

/** Where a unit's RUN/NAME stands for root. Without root there is no other user to hide it from. */
export function hiddenPath({ mode, run, name }: Guest): string {
  return mode === 'system' ? `${run}/${hiddenRoot}/${name}` : `${run}/${name}`;
}

/** Runs `use` for each directory that the guest may find as its own, open, as `/proc/self/fd/N`. */
export function withEach(native: Native, guest: Guest, use: Use<void>): void {
  for (const top of topsOf(guest)) withOpen(native, top, guest.name, use);
}

/** The same for the one that this process sees as RUN/NAME; null when that is neither, or the process is gone. */
export function withSeen<T>(native: Native, guest: Guest, pid: number, use: Use<T>): T | null {
  for (const top of topsOf(guest)) {
    const found = withOpen(native, top, guest.name, (base, own) => {
      return isSeen(guest, pid, own) ? { value: use(base) } : null;
    });
    if (found !== null) return found.value;
  }
  return null;
}

// No name on the way is QEMU's, who may be asked whose the last one is, but never leads root elsewhere by it.
function topsOf({ mode, run }: Guest): readonly string[] {
  return mode === 'system' ? [`${run}/${hiddenRoot}`, run] : [run];
}

function withOpen<T>(
  native: Native,
  top: string,
  name: string,
  use: (base: string, own: number) => T,
): T | null {
  const above = openOwnDirectory(native, top);
  if (above === null) return null;
  return withDescriptor(above, () => {
    const own = openBelow(`/proc/self/fd/${above}/${name}`);
    return own === null ? null : withDescriptor(own, () => use(`/proc/self/fd/${own}`, own));
  });
}

// It may go at any moment: that is no reason to end a QEMU.
function openBelow(path: string): number | null {
  try {
    return openSync(path, flags);
  } catch {
    return null;
  }
}

function isSeen({ run, name }: Guest, pid: number, own: number): boolean {
  const seen = findFile(`/proc/${pid}/root${run}/${name}`);
  const { dev, ino } = fstatSync(own, { bigint: true });
  return seen?.device === String(dev) && seen.inode === String(ino);
}
