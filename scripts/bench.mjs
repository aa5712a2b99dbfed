// `npm run bench`: what a launch costs, beside the alternatives, measured in turn in one run.
// Figures are of whole processes, wall time, in milliseconds: medians, and what they are over the floor.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRoot, root, setUp } from './setup.mjs';

await setUp();
const rounds = Number(process.env.VIRT_PRIVILEGES_BENCH_ROUNDS ?? 60);
// Node 20 parses this file at each start, which has nothing to do with what is measured.
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env;
const scratch = mkdtempSync(join(tmpdir(), 'virt-privileges-bench-'));
try {
  print(measure(contestants(scratch), () => clean(scratch)));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Name and words of everything that is measured; the first is the floor. */
function contestants(directory) {
  chmodSync(directory, 0o711);
  const empty = join(directory, 'empty.cjs');
  writeFileSync(empty, '');
  const program = buildEmpty(directory);
  const launch = [process.execPath, join(root, 'dist/qemu-launch.cjs')];
  const places = ['--state-dir', join(directory, 'state'), '--run-dir', join(directory, 'run')];
  const identity = isRoot ? ['--user', 'daemon', '--group', 'daemon'] : [];
  const options = [...places, ...identity, '--name', 'bench', '--', program];
  return [
    ['node empty.cjs', [process.execPath, empty]],
    ['the empty program itself', [program]],
    [
      'qemu-launch exec until it executes qemu-exec',
      [process.execPath, buildHollow(directory, program), 'exec', ...options],
    ],
    ['qemu-launch exec, the whole chain', [...launch, 'exec', ...options]],
    ['qemu-launch run until it has ended', [...launch, 'run', ...options]],
    ...(isRoot ? [['setpriv with the same drop', setpriv(program)]] : []),
  ];
}

function setpriv(program) {
  const drop = [
    '--reuid=34567',
    '--regid=45678',
    '--clear-groups',
    '--bounding-set=-all',
    '--inh-caps=-all',
    '--no-new-privs',
  ];
  return [
    'setpriv',
    ...drop,
    '--securebits=+noroot,+noroot_locked,+no_setuid_fixup,+no_setuid_fixup_locked',
    program,
  ];
}

function buildEmpty(directory) {
  const source = join(directory, 'empty.c');
  writeFileSync(source, 'int main(void) { return 0; }\n');
  execFileSync('cc', ['-O2', '-o', join(directory, 'empty'), source]);
  return join(directory, 'empty');
}

/** A copy of the launcher whose executor is the empty program: what it costs is Node's part alone. */
function buildHollow(directory, program) {
  const copy = join(directory, 'dist');
  cpSync(join(root, 'dist/native'), join(copy, 'native'), { recursive: true });
  copyFileSync(join(root, 'dist/qemu-launch.cjs'), join(copy, 'qemu-launch.cjs'));
  copyFileSync(program, join(copy, 'native/qemu-exec'));
  return join(copy, 'qemu-launch.cjs');
}

/** `exec` leaves its record and its run directory behind, which `run` takes away when QEMU has ended. */
function clean(directory) {
  for (const name of ['state/claims/bench.json', 'run/bench']) {
    rmSync(join(directory, name), { recursive: true, force: true });
  }
}

/** Each in turn, round by round, so that a machine that slows down slows all of them. */
function measure(list, prepare) {
  const times = list.map(() => []);
  for (let round = -2; round < rounds; round++) {
    for (const [index, [name, words]] of list.entries()) {
      prepare();
      const time = timeOf(name, words);
      if (round >= 0) times[index].push(time);
    }
  }
  return list.map(([name], index) => ({ name, times: times[index].sort((a, b) => a - b) }));
}

function timeOf(name, [program, ...words]) {
  const started = process.hrtime.bigint();
  const { status, stderr } = spawnSync(program, words, { env, encoding: 'utf8', cwd: '/' });
  if (status !== 0) throw new Error(`${name} failed (${status}): ${stderr}`);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

function print(results) {
  const width = Math.max(...results.map(({ name }) => name.length));
  const floor = median(results[0].times);
  console.log(`\n${rounds} rounds, Node ${process.versions.node}, milliseconds`);
  console.log(
    `${''.padEnd(width)}${['median', 'min', 'max', 'over floor', 'ratio'].map((word) => word.padStart(11)).join('')}`,
  );
  for (const { name, times } of results) {
    const middle = median(times);
    const cells = [middle, times[0], times.at(-1), middle - floor, middle / floor];
    console.log(
      `${name.padEnd(width)}${cells.map((value) => value.toFixed(2).padStart(11)).join('')}`,
    );
  }
}

function median(sorted) {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
