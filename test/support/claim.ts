import { closeSync, openSync } from 'node:fs';
import type { Claim } from '../../src/formats/claim-record.ts';
import { readAccessList } from '../../src/runtime/claims/access-list.ts';
import { describeClaim, readMounts } from '../../src/runtime/claims/open-claim.ts';
import { O_PATH } from '../../src/runtime/files.ts';
import { owner, target } from './launcher.ts';
import { native } from './native.ts';

/** Gives a file of `owner` to `target` as a launch does, and returns what its record would hold. */
export function giveToTarget(path: string): Claim {
  const descriptor = openSync(path, O_PATH);
  const described = describeClaim(path, native.inspect(descriptor), target, readMounts);
  const claim = { ...described, acl: readAccessList(native, descriptor) };
  native.changeOwner(descriptor, target.uid, target.gid);
  closeSync(descriptor);
  return { ...claim, from: owner };
}
