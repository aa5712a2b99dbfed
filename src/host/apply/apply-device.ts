import { chmodSync, constants } from 'node:fs';
import { AppError, type Finding } from '../../errors.ts';
import { findGroup } from '../../formats/group.ts';
import { accessAttribute } from '../../formats/posix-acl.ts';
import { isAsWanted } from '../../policy/device-access.ts';
import type { Policy } from '../../policy/policy.ts';
import { runTool } from '../command.ts';
import { readAccountFiles } from '../facts/read-accounts.ts';
import { deviceFacts } from '../facts/read-device.ts';
import type { ChangeOf, DeviceValue } from '../plan/change.ts';
import { type Root, withPath } from '../root.ts';
import { fileError } from '../system-error.ts';

type DeviceChange = ChangeOf<'device', DeviceValue>;
type Kvm = Pick<Policy['kvm'], 'mode' | 'access'>;

/**
 * Lets udev give the live node its owner and mode by the new rule; where it does not (no udev, or
 * another rule wins), sets them directly and takes an access list away. Says what udev got wrong.
 * Throws VP_FILE_WRITE.
 */
export async function applyDevice(
  root: Root,
  change: DeviceChange,
  kvm: Kvm,
): Promise<readonly Finding[]> {
  const hasUdev = await triggerRules();
  const gid =
    findGroup(readAccountFiles(root).groups, change.after.group)?.gid ??
    root.native.groupByName(change.after.group)?.gid;
  return withPath(root, change.id, constants.O_NOFOLLOW, (place) => {
    try {
      if (place === null || gid === undefined) throw missingError(change, place !== null);
      const isDone = correct(root, place, { ...kvm, gid });
      return isDone && hasUdev ? [correctedFinding(change)] : [];
    } catch (cause) {
      throw fileError('VP_FILE_WRITE', change.id, cause);
    }
  });
}

/** Has udev read its rules again and apply them to the node; false when no udevd answers. */
export async function triggerRules(): Promise<boolean> {
  if (!(await tryUdevadm('control', '--reload'))) return false;
  // `add`, so that the distribution's own rules run again too.
  await tryUdevadm('trigger', '--subsystem-match=misc', '--sysname-match=kvm', '--action=add');
  await tryUdevadm('settle', '--timeout=10');
  return true;
}

// What the node is like afterwards is what counts.
async function tryUdevadm(...args: readonly string[]): Promise<boolean> {
  try {
    return (await runTool('udevadm', args)).exitCode === 0;
  } catch (error) {
    if (error instanceof AppError && error.code === 'VP_MISSING_TOOL') return false;
    throw error;
  }
}

/** Makes the open node as it should be; false when it was. */
function correct(root: Root, place: number, kvm: Kvm & { readonly gid: number }): boolean {
  const now = deviceFacts(root, place);
  if (!now.isCharacterDevice) throw new Error('not a character device');
  if (isAsWanted(now, kvm, kvm.gid)) return false;
  // First: a list would make the group's bits of the mode its mask.
  if (now.acl.length > 0) root.native.removeAttribute(place, accessAttribute);
  if (now.uid !== 0 || now.gid !== kvm.gid) root.native.changeOwner(place, 0, kvm.gid);
  // Through /proc, since fchmod refuses a descriptor that is not open for use.
  chmodSync(`/proc/self/fd/${place}`, Number.parseInt(kvm.mode, 8));
  return true;
}

function correctedFinding({ id, after }: DeviceChange): Finding {
  return {
    code: 'VP_WARN_DEVICE',
    severity: 'warning',
    message: `udev did not make ${id} 0:${after.group} ${after.mode}, so that it was changed directly`,
    hint: 'another rule wins when the device appears again: `provision lint` lists every one',
  };
}

function missingError({ id, after }: DeviceChange, isNode: boolean): Error {
  return new Error(isNode ? `there is no group ${after.group}` : `${id} is gone`);
}
