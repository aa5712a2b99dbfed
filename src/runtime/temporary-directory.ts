import { lstatSync, rmdirSync } from 'node:fs';
import type { Finding } from '../errors.ts';

/** Where QEMU keeps what is written to a snapshot: beside where it would by itself, but for this VM alone. */
export function temporaryDirectoryOf(uid: number, name: string): string {
  return `/var/tmp/virt-privileges-${uid}-${name}`;
}

/** What stands there already, where anybody may put something: only a directory that is this user's alone will do. */
export function judgeTemporaryDirectory(uid: number, path: string): readonly Finding[] {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return [];
  const isOwn = facts.uid === uid;
  if (isOwn && facts.isDirectory() && (facts.mode & 0o077) === 0) return [];
  const why = isOwn ? 'is no directory for its user alone' : `belongs to user ${facts.uid}`;
  return [
    {
      code: 'VP_PATH_UNTRUSTED',
      severity: 'error',
      path,
      message: `${path} stands there already and ${why}: QEMU's temporary files would go there`,
      hint: 'remove it, or name another directory by --env TMPDIR=DIR',
    },
  ];
}

/** Removes it when it is there and empty, as it always is: QEMU unlinks its files when it opens them. */
export function removeTemporaryDirectory(uid: number, name: string): void {
  try {
    rmdirSync(temporaryDirectoryOf(uid, name));
  } catch {
    // Most VMs have none, and what somebody else put there is not ours.
  }
}
