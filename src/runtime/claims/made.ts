import { lstatSync, readlinkSync, unlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Made } from '../../formats/claim-record.ts';
import { withDescriptor } from '../files.ts';
import { removePlace } from '../handover/places.ts';
import { isNativeError, type Native } from '../native.ts';
import type { RestoreOutcome } from './restore.ts';

/**
 * Removes one thing that was made for a VM, if it is still that very thing. `target`: who QEMU ran as.
 * `sameBoot`: it was made since this machine started.
 */
export function removeMade(
  native: Native,
  made: Made,
  target: number,
  sameBoot: boolean,
): RestoreOutcome {
  const path = made.kind === 'interface' ? made.name : made.path;
  try {
    const isRemoved =
      made.kind === 'interface'
        ? sameBoot && removeInterface(native, made)
        : removeFile(native, made, target, sameBoot);
    const message = isRemoved ? 'was removed' : 'is not there any more';
    return { path, result: isRemoved ? 'restored' : 'already', message };
  } catch (error) {
    return { path, result: 'kept', message: `cannot be removed: ${(error as Error).message}` };
  }
}

type MadeFile = Exclude<Made, { readonly kind: 'interface' }>;

function removeFile(native: Native, made: MadeFile, target: number, sameBoot: boolean): boolean {
  const place = openPlace(native, made.path, target);
  if (place === null) return false;
  return withDescriptor(place, () => {
    const path = `/proc/self/fd/${place}/${basename(made.path)}`;
    const facts = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    const isKind = made.kind === 'socket' ? facts?.isSocket() : facts?.isDirectory();
    const isSame = isKind === true && String(facts?.ino) === made.inode;
    // Numbers of devices are given anew at each start.
    if (!isSame || (sameBoot && String(facts?.dev) !== made.device)) return false;
    if (made.kind === 'socket') unlinkSync(path);
    else removePlace(path);
    return true;
  });
}

// Without its directory, or with somebody else's in the place of that, it is not there.
function openPlace(native: Native, path: string, target: number): number | null {
  try {
    return native.openPlace(dirname(path), target);
  } catch {
    return null;
  }
}

function removeInterface(
  native: Native,
  { name, index, network }: Extract<Made, { readonly kind: 'interface' }>,
): boolean {
  // Numbers and names of interfaces are each network's own.
  if (network !== undefined && network !== readNetwork()) return false;
  const facts = native.readInterface(name);
  if (facts?.index !== index || !facts.tap) return false;
  try {
    native.removeInterface(index);
    return true;
  } catch (error) {
    // Its last descriptor was closed just now.
    if (isNativeError(error) && error.code === 'ENODEV') return false;
    throw error;
  }
}

/** The network that this process is in: `net:[…]`, as the kernel names it. */
export function readNetwork(): string {
  return readlinkSync('/proc/self/ns/net');
}
