import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { AppError } from '../errors.ts';
import type { Native } from '../runtime/native.ts';
import { runToEnd } from './child.ts';

const held = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const parent = '/run';
/** Whoever fills it without end must not keep root busy. */
const removePatience = 30_000;

/**
 * Does work that must be undone whatever happens: no signal of a terminal or of systemd ends the process
 * meanwhile, the first one aborts the work, and what it leaves in the directory goes with the directory.
 * That is root's alone to write and everybody's to pass through.
 */
export async function withScratch<T>(
  native: Native,
  outer: AbortSignal,
  work: (directory: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return whileHeld(outer, async (signal) => {
    const directory = await makeScratch(native);
    try {
      return await work(directory, signal);
    } finally {
      await removeScratch(directory);
    }
  });
}

/** The same without a directory. */
export async function whileHeld<T>(
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const hint = 'nothing is left behind: run it again';
  const abort = () => stop.abort(new AppError('VP_INTERRUPTED', 'interrupted', { hint }));
  for (const name of held) process.on(name, abort);
  try {
    return await work(AbortSignal.any([stop.signal, outer]));
  } finally {
    for (const name of held) process.off(name, abort);
  }
}

async function makeScratch(native: Native): Promise<string> {
  // Nobody but root may decide what is found below it.
  closeSync(native.openOwn(parent));
  for (const name of readdirSync(parent).filter(isLeft)) await removeScratch(`${parent}/${name}`);
  const directory = mkdtempSync(`${parent}/virt-privileges-verify-${process.pid}-`);
  chmodSync(directory, 0o711);
  return directory;
}

// What a run that was killed outright has left: its number stands in the name.
function isLeft(name: string): boolean {
  const pid = /^virt-privileges-verify-(\d+)-\w+$/.exec(name)?.[1];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}

// By descriptors, as rm goes: what a guest was given in it is its user's, who could put a link in the place of a directory.
async function removeScratch(directory: string): Promise<void> {
  const { status, stderr } = await runToEnd(['rm', '-rf', '--', directory], removePatience, null);
  if (status !== 0)
    throw new AppError('VP_TOOL_FAILED', `cannot remove ${directory}: ${stderr.trim()}`);
}

/** A disk of somebody who has nothing to do with QEMU, 1 MiB, raw: given back to root it would be given to the wrong one. */
export function makeDisk(directory: string): string {
  const path = `${directory}/disk.raw`;
  writeFileSync(path, Buffer.alloc(1024 * 1024), { mode: 0o600, flag: 'wx' });
  chownSync(path, stranger, stranger);
  return path;
}

// Far from every range that accounts are made in.
const stranger = 1_999_999_999;
