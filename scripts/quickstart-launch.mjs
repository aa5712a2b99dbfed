// The host's half of the quickstart: a real QEMU through qemu-launch, read back, ended, its disk returned.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, heading } from './quickstart-packages.mjs';
import { emulator } from './requirements.mjs';
import { isRoot, root } from './setup.mjs';

const launcher = join(root, 'dist/qemu-launch.cjs');
const patience = 30_000;
// Somebody else's numbers: no account of the host needs to bear them.
const owner = { uid: 12345, gid: 23456 };

/** Launches, shows, ends; throws when anything is not as it should be. */
export async function showLaunch(scratch, skipped) {
  heading('Launch a real QEMU');
  const disk = makeDisk(scratch, skipped);
  const accelerator = chooseAccelerator(scratch, disk);
  const launch = spawnLauncher(scratch, [
    ...launchWords('run', scratch),
    ...guestWords(scratch, disk, accelerator),
  ]);
  const ended = once(launch, 'exit');
  const report = await readReport(scratch, launch);
  showPrivileges(report);
  showOwner(disk, 'while QEMU runs', isRoot ? report.identity : statSync(disk));
  await endThroughQmp(join(scratch, 'run/quickstart/qmp.sock'));
  const [status] = await ended;
  console.log(`QEMU ended, exit status ${status}`);
  if (status !== 0) throw new Error('QEMU did not end well');
  showOwner(disk, 'after QEMU', isRoot ? owner : statSync(disk));
}

function makeDisk(scratch, skipped) {
  const disk = join(scratch, 'disk.qcow2');
  call('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '64M']);
  // QEMU's user must get through to the disk; the rest of the directory stays closed to it.
  chmodSync(scratch, 0o711);
  chmodSync(disk, 0o600);
  if (isRoot) chownSync(disk, owner.uid, owner.gid);
  else skipped.push('giving the disk to another user and back: only root may change owners');
  return disk;
}

function launchWords(command, scratch) {
  return [
    launcher,
    command,
    '--name',
    'quickstart',
    '--state-dir',
    join(scratch, 'state'),
    '--run-dir',
    join(scratch, 'run'),
    ...reportWords(command, scratch),
    ...confWords(scratch),
    '--',
  ];
}

// As root QEMU runs as whom the applied policy says; without root qemu.conf decides nothing.
function confWords(scratch) {
  return isRoot ? ['--conf', join(scratch, 'root/etc/libvirt/qemu.conf')] : [];
}

function reportWords(command, scratch) {
  return command === 'run' ? ['--report', join(scratch, 'report.json')] : [];
}

function guestWords(scratch, disk, accelerator) {
  const machine = process.arch === 'arm64' ? ['-machine', 'virt', '-cpu', 'max'] : [];
  const socket = join(scratch, 'run/quickstart/qmp.sock');
  return [
    emulator,
    ...machine,
    '-accel',
    accelerator,
    '-m',
    '128',
    '-display',
    'none',
    '-nodefaults',
    '-drive',
    `file=${disk},format=qcow2,if=none,id=disk0`,
    '-device',
    'virtio-blk-pci,drive=disk0',
    '-qmp',
    `unix:${socket},server=on,wait=off`,
  ];
}

// The launcher's own plan knows whether the target user may use /dev/kvm.
function chooseAccelerator(scratch, disk) {
  const [program, words] = inNamespace(scratch, [
    ...launchWords('plan', scratch),
    ...guestWords(scratch, disk, 'kvm'),
  ]);
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status === 0) {
    console.log('accelerator: KVM, /dev/kvm lets the target user in');
    return 'kvm';
  }
  console.log(
    `accelerator: TCG, since KVM cannot be used:\n${stderr.trimEnd().replace(/^/gm, '  ')}`,
  );
  return 'tcg';
}

/**
 * As root: in a mount namespace of its own, where the image root's passwd and
 * group stand over the host's, so that the policy's account exists for this program alone.
 */
function inNamespace(scratch, words) {
  if (!isRoot) return [process.execPath, words];
  const script =
    'mount --bind "$1/passwd" /etc/passwd; mount --bind "$1/group" /etc/group; shift; exec "$@"';
  return [
    'unshare',
    [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-euc',
      script,
      'sh',
      join(scratch, 'root/etc'),
      process.execPath,
      ...words,
    ],
  ];
}

function spawnLauncher(scratch, words) {
  const [program, all] = inNamespace(scratch, words);
  console.log(`$ ${[program, ...all].join(' ')}`);
  return spawn(program, all, { stdio: ['ignore', 'inherit', 'inherit'] });
}

async function readReport(scratch, launch) {
  const file = join(scratch, 'report.json');
  for (const start = Date.now(); Date.now() - start < patience; await sleep(20)) {
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
    if (launch.exitCode !== null) break;
  }
  throw new Error('QEMU was not started: see the message above');
}

function showPrivileges({ pid, identity }) {
  heading(`What process ${pid} may do: asked for, and read from /proc/${pid}/status`);
  const four = (id) => Array(4).fill(id).join(' ');
  const none = '0'.repeat(16);
  const asked = {
    Uid: four(identity.uid),
    Gid: four(identity.gid),
    Groups: identity.groups.join(' '),
    CapInh: none,
    CapPrm: none,
    CapEff: none,
    CapBnd: isRoot ? none : 'the caller’s',
    CapAmb: none,
    NoNewPrivs: '1',
  };
  const found = readFileSync(`/proc/${pid}/status`, 'utf8');
  for (const [line, wanted] of Object.entries(asked)) {
    const value =
      found.match(new RegExp(`^${line}:\\s*(.*?)\\s*$`, 'm'))?.[1].replace(/\s+/g, ' ') ?? '';
    console.log(`${line.padEnd(11)} asked ${wanted.padEnd(24)} is ${value}`);
    if (value !== wanted && (isRoot || line !== 'CapBnd'))
      throw new Error(`${line} is not what was asked for`);
  }
}

function showOwner(disk, when, wanted) {
  const { uid, gid } = statSync(disk);
  console.log(`${disk} ${when}: ${uid}:${gid}`);
  if (uid !== wanted.uid || gid !== wanted.gid)
    throw new Error(`the disk should belong to ${wanted.uid}:${wanted.gid}`);
}

async function endThroughQmp(path) {
  heading('End the guest through QMP');
  const socket = await connectWhenThere(path);
  console.log(`QMP greets: ${(await once(socket, 'data')).toString().trim().slice(0, 76)}…`);
  socket.write('{"execute":"qmp_capabilities"}\n');
  await once(socket, 'data');
  socket.end('{"execute":"quit"}\n');
}

async function connectWhenThere(path) {
  for (const start = Date.now(); ; await sleep(20)) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      // QEMU may be gone before it has read the last word: the exit status tells how it ended.
      socket.on('error', () => {});
      return socket;
    } catch (error) {
      if (Date.now() - start > patience) throw error;
    }
  }
}
