// Runs in the booted system of bench-guest.mjs: measures, and prints the figures as JSON.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { measure } from './measure.mjs';

const directory = '/run/bench';
const disk = `${directory}/disk.img`;
const dist = '/opt/virt-privileges/dist';
const launcher = ['node', `${dist}/qemu-launch.cjs`];
const places = ['--state-dir', `${directory}/state`, '--run-dir', `${directory}/run`];
const options = [...places, '--user', 'libvirt-qemu', '--group', 'kvm', '--name', 'bench'];
const drive = ['-drive', `file=${disk},format=raw,if=virtio`];
const plan = `${directory}/run/bench.plan`;

// Both start the same machine, paused and emulated: how fast a guest runs is not what is asked.
const domain = `<domain type='qemu'><name>bench</name><memory unit='MiB'>32</memory>
<os><type>hvm</type></os><devices><disk type='file' device='disk'><driver name='qemu' type='raw'/>
<source file='${disk}'/><target dev='vda' bus='virtio'/></disk></devices></domain>`;
const emulator = 'qemu-system-x86_64 -accel tcg -m 32 -display none -nodefaults -S -qmp stdio';
// Ends when QMP has greeted; the guest goes on until its pid is sent a signal.
const greet = `#!/bin/sh
cd ${directory}
${launcher.join(' ')} run ${options.join(' ')} -- ${emulator} ${drive.join(' ')} <in >out 2>errors &
echo $! >pid
exec 3>in
read -r greeting <out
`;

process.stdout.write(JSON.stringify(contest(Number(process.argv[2]))));

function contest(rounds) {
  setUp();
  const results = measure(contestants(), rounds, prepare);
  prepare();
  execFileSync(`${directory}/greet`);
  const memory = { run: pssOf(readPid()), libvirtd: pssOf(execFileSync('pidof', ['libvirtd'])) };
  end();
  return { results, memory };
}

function setUp() {
  mkdirSync(directory, { mode: 0o711 });
  writeFileSync(disk, Buffer.alloc(1 << 20), { mode: 0o600 });
  writeFileSync(`${directory}/empty.cjs`, '');
  writeFileSync(`${directory}/domain.xml`, domain);
  writeFileSync(`${directory}/greet`, greet, { mode: 0o755 });
  execFileSync('mkfifo', [`${directory}/in`, `${directory}/out`]);
}

/** Name and words of everything that is measured; the first is the floor. */
function contestants() {
  const ids = ['--reuid=libvirt-qemu', '--regid=kvm', '--clear-groups'];
  const sets = ['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
  const bits = '--securebits=+noroot,+noroot_locked,+no_setuid_fixup,+no_setuid_fixup_locked';
  const spaces = ['--unshare-all', '--die-with-parent', '--bind', '/', '/'];
  return [
    ['node empty.cjs', ['node', `${directory}/empty.cjs`]],
    ['true', ['true']],
    [
      'qemu-launch exec, one claimed disk',
      [...launcher, 'exec', ...options, '--', 'true', ...drive],
    ],
    ['setpriv with the same drop', ['setpriv', ...ids, ...sets, bits, 'true']],
    ['qemu-exec on a plan', [`${dist}/native/qemu-exec`, plan]],
    ['bwrap with namespaces of its own', ['bwrap', ...spaces, 'true']],
    [
      'virsh create --paused',
      ['virsh', '--quiet', 'create', '--paused', `${directory}/domain.xml`],
    ],
    ['qemu-launch run until QMP greets', [`${directory}/greet`]],
  ];
}

/** Before each: what the one before has left is gone, and a plan stands ready where one is needed. */
function prepare([name] = ['']) {
  end();
  spawnSync('virsh', ['--quiet', 'destroy', 'bench']);
  run('restore', 'bench', ...places);
  if (name.startsWith('qemu-exec')) run('prepare', ...options, '--', 'true', ...drive);
}

function run(...words) {
  const { status, stderr } = spawnSync(launcher[0], [launcher[1], ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
}

function readPid() {
  return readFileSync(`${directory}/pid`, 'utf8').trim();
}

/** Ends the guest that the last round has left running. */
function end() {
  if (!existsSync(`${directory}/pid`)) return;
  process.kill(Number(readPid()));
  while (existsSync(`/proc/${readPid()}`)) spawnSync('sleep', ['0.01']);
  rmSync(`${directory}/pid`);
}

function pssOf(pid) {
  const text = readFileSync(`/proc/${String(pid).trim()}/smaps_rollup`, 'utf8');
  return Number(/^Pss: +(\d+)/m.exec(text)[1]);
}
