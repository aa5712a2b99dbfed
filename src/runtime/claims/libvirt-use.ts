import { readFileSync } from 'node:fs';
import {
  areMarksValid,
  parseBootTime,
  referenceMark,
  timestampMark,
} from '../../formats/libvirt-marks.ts';
import type { Native } from '../native.ts';

/** Whether libvirt says that a guest of its own uses this open file. Its marks are read, never written. */
export function isUsedByLibvirt(native: Native, descriptor: number): boolean {
  const references = readMark(native, descriptor, referenceMark);
  if (references === null) return false;
  const timestamp = readMark(native, descriptor, timestampMark);
  return areMarksValid(references, timestamp, readBootTimes(native));
}

/** Where root may not ask, as on a server that trusts none, libvirt could leave no mark either. */
const unanswered: readonly string[] = ['EACCES', 'EPERM', 'ENOSYS'];

function readMark(native: Native, descriptor: number, name: string): string | null {
  try {
    return native.readOpenAttribute(descriptor, name)?.toString('latin1') ?? null;
  } catch (error) {
    if (unanswered.includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

// libvirt asks utmp, and where that says nothing the uptime: nobody knows which of them it was.
function readBootTimes(native: Native): readonly number[] {
  const times = [native.bootRecord(), parseBootTime(readFileSync('/proc/stat', 'utf8'))];
  return times.filter((time) => time !== null);
}
