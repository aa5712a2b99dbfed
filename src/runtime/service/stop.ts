import { AppError } from '../../errors.ts';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import { openLedger, readRecord } from '../claims/ledger.ts';
import { isLive } from '../claims/liveness.ts';
import { privateQmpPath } from '../handover/private-qmp.ts';
import type { Native } from '../native.ts';
import type { Say } from '../output.ts';
import { readBootId } from '../process-facts.ts';
import type { Directories } from '../request.ts';
import { executeQmp } from './qmp.ts';
import { endRunning, openRunning, type RunningProcess } from './running.ts';

const answerPatience = 5_000;
/** After SIGTERM QEMU writes its caches back and ends. */
const endPatience = 10_000;

/**
 * Has the guest of a VM power down, within `timeout` (ms), and ends its QEMU if it does not. A VM that does not
 * run is stopped already. Gives nothing back: `restore` does.
 */
export function stopService(
  native: Native,
  directories: Directories,
  name: string,
  timeout: number,
  say: Say,
): void {
  const ledger = openLedger(native, directories.state);
  const record = ledger === null ? null : readRecord(ledger, name);
  if (record === null || record.pid === null || !isLive(record, readBootId())) return;
  const running = openRunning(native, record.pid);
  if (running === null || running.startTime !== record.startTime) return;
  if (powerDown(native, record, record.pid, say) && native.awaitEnd(running.pidfd, timeout)) return;
  end(native, running, name, say);
}

function powerDown(native: Native, record: ClaimRecord, pid: number, say: Say): boolean {
  const path = privateQmpPath(record.runDirectory, record.name);
  // That of `run` and `exec` was bound by the launcher.
  const isBound = record.made?.some((made) => made.kind === 'socket' && made.path === path);
  const socket =
    isBound === true
      ? { path, owner: 0, listener: 0 }
      : { path, owner: record.identity.uid, listener: pid };
  if (executeQmp(native, socket, 'system_powerdown', answerPatience)) return true;
  say('warning', `the QEMU of ${record.name} cannot be asked to power down: it does not answer`);
  return false;
}

function end(native: Native, running: RunningProcess, name: string, say: Say): void {
  say('warning', `the guest of ${name} did not power down: its QEMU is ended`);
  if (endRunning(native, running, [15, 9], endPatience)) return;
  throw new AppError('VP_INTERNAL', `process ${running.pid} outlives SIGKILL`, {
    hint: 'it waits for the kernel, for a disk perhaps: see the kernel log',
  });
}
