import { constants, openSync } from 'node:fs';
import { hiddenName } from '../claims/run-directory.ts';
import { withDescriptor } from '../files.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Native } from '../native.ts';
import { openOwnDirectory } from '../own-directory.ts';

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Whose own directory: the unit of a service shows it as RUN/NAME, and so the plan names it. */
export interface Guest {
  readonly mode: LaunchPlan['mode'];
  readonly run: string;
  readonly name: string;
}

export function guestOf({ mode, directories, name }: LaunchPlan): Guest {
  return { mode, run: directories.run, name };
}

/** Where a service's own directory stands for root, outside of its unit. Without root there is no other user to hide it from. */
export function hiddenPath({ mode, run, name }: Guest): string {
  return mode === 'system' ? `${run}/${name}/${hiddenName}` : `${run}/${name}`;
}

/** Runs `use` with it open, as its `/proc/self/fd/N`; null when it is not there. No name on the way to it is QEMU's. */
export function withHidden<T>(native: Native, guest: Guest, use: (base: string) => T): T | null {
  const directory = openHidden(native, guest);
  if (directory === null) return null;
  return withDescriptor(directory, () => use(`/proc/self/fd/${directory}`));
}

function openHidden(native: Native, { mode, run, name }: Guest): number | null {
  const own = openOwnDirectory(native, `${run}/${name}`);
  if (own === null || mode === 'session') return own;
  return withDescriptor(own, () => openSync(`/proc/self/fd/${own}/${hiddenName}`, flags));
}
