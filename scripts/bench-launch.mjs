// What a launch costs, beside the alternatives.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure } from './measure.mjs';
import { isRoot, root } from './setup.mjs';

/** Times of everything, the floor first, measured in turn. */
export function benchLaunch(scratch, rounds) {
  return measure(contestants(scratch), rounds, () => clean(scratch));
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
