import { statSync } from 'node:fs';
import type { FoundFile } from '../files.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import { readProc } from '../process-facts.ts';
import { attempt } from '../verification/process-differences.ts';

/**
 * Whether a process is the one that a plan starts, whatever else it has: it executes the planned file with exactly the
 * planned words, of which one names the VM's own directory. Never of a script: its words are its interpreter's.
 */
export function isPlanned(pid: number, { cell, argv }: LaunchPlan): boolean {
  const words = attempt(() => readProc(`/proc/${pid}/cmdline`));
  const isSame = words === argv.map((word) => `${word}\0`).join('');
  return isSame && cell.executed !== null && isExecuting(pid, cell.executed);
}

/** Whether a process executes this very file. */
export function isExecuting(pid: number, { device, inode }: FoundFile): boolean {
  const exe = attempt(() => statSync(`/proc/${pid}/exe`, { bigint: true }));
  return exe !== null && `${exe.dev}:${exe.ino}` === `${device}:${inode}`;
}
