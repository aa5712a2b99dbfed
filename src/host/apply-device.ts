import { chmodSync, closeSync, constants, fstatSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { findGroup, parseGroup } from '../formats/group.ts';
import type { Change } from './change.ts';
import { runTool } from './command.ts';
import { openPath, type Root } from './root.ts';
import { readText } from './root-files.ts';
import { fileError } from './system-error.ts';

type DeviceChange = Extract<Change, { kind: 'device' }>;

/**
 * Lets udev give the live node its owner and mode by the new rule; where it does not (no udev, or
 * another rule wins), sets them directly. Throws VP_FILE_WRITE.
 */
export async function applyDevice(root: Root, change: DeviceChange): Promise<void> {
  await triggerRules();
  const gid = findGroup(parseGroup(readText(root, '/etc/group') ?? ''), change.after.group)?.gid;
  const place = openPath(root, change.id, constants.O_NOFOLLOW);
  try {
    if (place === null || gid === undefined) throw missingError(change, place === null);
    setOwner(root, place, gid, Number.parseInt(change.after.mode, 8));
  } catch (cause) {
    throw fileError('VP_FILE_WRITE', change.id, cause);
  } finally {
    if (place !== null) closeSync(place);
  }
}

// Each of these fails where udev does not run; what the node is like afterwards is what counts.
export async function triggerRules(): Promise<void> {
  // `add`, so that the distribution's own rules run again too.
  const device = ['--subsystem-match=misc', '--sysname-match=kvm', '--action=add'];
  for (const args of [
    ['control', '--reload'],
    ['trigger', ...device],
    ['settle', '--timeout=10'],
  ]) {
    await runTool('udevadm', args).catch(ignoreMissingTool);
  }
}

function ignoreMissingTool(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'VP_MISSING_TOOL') throw error;
}

function setOwner(root: Root, place: number, gid: number, mode: number): void {
  const stat = fstatSync(place);
  if (!stat.isCharacterDevice()) throw new Error('not a character device');
  if (stat.uid !== 0 || stat.gid !== gid) root.native.changeOwner(place, 0, gid);
  // Through /proc, since fchmod refuses a descriptor that is not open for use.
  if ((stat.mode & 0o7777) !== mode) chmodSync(`/proc/self/fd/${place}`, mode);
}

function missingError({ id, after }: DeviceChange, isNode: boolean): Error {
  return new Error(isNode ? `${id} is gone` : `there is no group ${after.group}`);
}
