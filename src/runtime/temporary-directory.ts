import { rmdirSync } from 'node:fs';

/** Where QEMU keeps what is written to a snapshot: beside where it would by itself, but for this VM alone. */
export function temporaryDirectoryOf(uid: number, name: string): string {
  return `/var/tmp/virt-privileges-${uid}-${name}`;
}

/** Removes it when it is there and empty, as it always is: QEMU unlinks its files when it opens them. */
export function removeTemporaryDirectory(uid: number, name: string): void {
  try {
    rmdirSync(temporaryDirectoryOf(uid, name));
  } catch {
    // Most VMs have none, and what somebody else put there is not ours.
  }
}
