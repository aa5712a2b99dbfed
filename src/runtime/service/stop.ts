import { AppError } from '../../errors.ts';
import type { ClaimRecord } from '../../formats/claim-record.ts';
import { openLedger, readRecord } from '../claims/ledger.ts';
import { isLive } from '../claims/liveness.ts';
import { privateQmpPath, socketName } from '../handover/private-qmp.ts';
import type { Native } from '../native.ts';
import type { Say } from '../output.ts';
import { readBootId } from '../process-facts.ts';
import { type Guest, withSeen } from './hidden-directory.ts';
import { executeQmp, type QmpSocket } from './qmp.ts';
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
  state: string,
  { mode, name }: Pick<Guest, 'mode' | 'name'>,
  timeout: number,
  say: Say,
): void {
  const ledger = openLedger(native, state);
  const record = ledger === null ? null : readRecord(ledger, name);
  if (record === null || record.pid === null || !isLive(record, readBootId())) return;
  const running = openRunning(native, record.pid);
  if (running === null || running.startTime !== record.startTime) return;
  if (
    powerDown(native, mode, { ...record, pid: record.pid }, say) &&
    native.awaitEnd(running.pidfd, timeout)
  )
    return;
  end(native, running, name, say);
}

type Running = ClaimRecord & { readonly pid: number };

function powerDown(native: Native, mode: Guest['mode'], record: Running, say: Say): boolean {
  if (ask(native, mode, record)) return true;
  say('warning', `the QEMU of ${record.name} cannot be asked to power down: it does not answer`);
  return false;
}

function ask(
  native: Native,
  mode: Guest['mode'],
  { runDirectory, name, made, identity, pid }: Running,
): boolean {
  const command = (socket: QmpSocket) =>
    executeQmp(native, socket, 'system_powerdown', answerPatience);
  const path = privateQmpPath(runDirectory, name);
  // That of `run` and `exec` was bound by the launcher.
  const isBound = made?.some((each) => each.kind === 'socket' && each.path === path);
  if (isBound === true) return command({ path, owner: 0, listener: 0 });
  try {
    const isDone = withSeen(native, { mode, run: runDirectory, name }, pid, (base) => {
      return command({ path: `${base}/${socketName}`, owner: identity.uid, listener: pid });
    });
    return isDone === true;
  } catch {
    // It is not as `prepare` makes it: what started without a monitor has none.
    return false;
  }
}

function end(native: Native, running: RunningProcess, name: string, say: Say): void {
  say('warning', `the guest of ${name} did not power down: its QEMU is ended`);
  if (endRunning(native, running, [15, 9], endPatience)) return;
  throw new AppError('VP_INTERNAL', `process ${running.pid} outlives SIGKILL`, {
    hint: 'it waits for the kernel, for a disk perhaps: see the kernel log',
  });
}
