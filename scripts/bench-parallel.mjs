// How many launches a second go through one ledger, one after the other and many at once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { env } from './measure.mjs';
import { isRoot, root } from './setup.mjs';

/** The real emulator with no machine to build: what it does itself is little, and it stays until it is ended. */
const emulator = ['/usr/bin/qemu-system-x86_64', '-machine', 'none', '-nodefaults', '-S'];
const launches = 64;

/** Launches of QEMU with a disk of its own, until each is verified: rows of how many at once and how many a second. */
export async function benchParallel(scratch) {
  chmodSync(scratch, 0o711);
  const rows = [];
  for (const parallel of [1, 8, 64]) rows.push([parallel, await rate(scratch, parallel)]);
  return rows;
}

export function printParallel(rows) {
  console.log(`\nlaunches until verified: ${launches} of ${emulator.join(' ')}, one disk each`);
  for (const [parallel, perSecond] of rows) {
    console.log(
      `${String(parallel).padStart(3)} at once${perSecond.toFixed(1).padStart(8)} a second`,
    );
  }
}

async function rate(scratch, parallel) {
  const directory = join(scratch, `parallel-${parallel}`);
  mkdirSync(directory, { mode: 0o711 });
  const waiting = Array.from({ length: launches }, (_, index) => makeLaunch(directory, index));
  const running = [];
  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: parallel }, () => work(waiting, running)));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  await Promise.all(running.map(end));
  return launches / seconds;
}

/** One launcher after the other; each QEMU runs on beside those that follow. */
async function work(waiting, running) {
  for (let launch = waiting.pop(); launch !== undefined; launch = waiting.pop()) {
    const child = spawn(process.execPath, launch.words, { env, cwd: '/', stdio: 'ignore' });
    running.push(child);
    while (!existsSync(launch.report)) {
      if (child.exitCode !== null) throw new Error(`a launch failed: ${launch.words.join(' ')}`);
      await sleep(1);
    }
  }
}

function makeLaunch(directory, index) {
  const disk = join(directory, `${index}.raw`);
  const report = join(directory, `${index}.json`);
  writeFileSync(disk, Buffer.alloc(65536), { mode: 0o600 });
  if (isRoot) chownSync(disk, 12345, 23456);
  const places = ['--state-dir', join(directory, 'state'), '--run-dir', join(directory, 'run')];
  const identity = isRoot ? ['--user', 'daemon', '--group', 'daemon'] : [];
  const options = [...places, ...identity, '--name', `vm${index}`, '--report', report];
  const drive = ['-drive', `file=${disk},format=raw,if=none`, '-display', 'none'];
  const program = join(root, 'dist/qemu-launch.cjs');
  return { report, words: [program, 'run', ...options, '--', ...emulator, ...drive] };
}

async function end(child) {
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  await ended;
}
