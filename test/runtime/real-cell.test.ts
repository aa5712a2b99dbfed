import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { emulator, makeDirectory, makeDisk, makeSite, target } from '../support/launcher.ts';
import { addDisk, holds, runGuest } from '../support/real-guest.ts';
import { bindInto, needsReleases, releaseRoot, runInRoot } from '../support/release-root.ts';
import { projectRoot, rootOnly } from '../support/scratch.ts';

const firmwareTalks = ['-global', 'isa-debugcon.iobase=0x402'];

interface Machine {
  readonly name: string;
  readonly words: readonly string[];
  readonly skip?: string | false;
  /** What its firmware prints. */
  readonly text: string;
}

const ovmf = ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_CODE.fd'].find((path) =>
  existsSync(path),
);
const kvm = existsSync('/dev/kvm') ? false : 'there is no /dev/kvm';
const asRoot = ['--user', '+0', '--group', '+0'];

const machines: readonly Machine[] = [
  { name: 'q35', words: ['-M', 'q35', '-accel', 'tcg'], text: 'SeaBIOS' },
  { name: 'pc, snapshot', words: ['-M', 'pc', '-accel', 'tcg', '-snapshot'], text: 'SeaBIOS' },
  { name: 'pc, KVM', words: ['-M', 'pc', '-accel', 'kvm'], text: 'SeaBIOS', skip: kvm },
  {
    name: 'q35, OVMF',
    words: [
      '-M',
      'q35',
      '-accel',
      'tcg',
      '-m',
      '128',
      '-drive',
      `if=pflash,unit=0,format=raw,readonly=on,file=${ovmf}`,
    ],
    // A release build of it says nothing on the debug port.
    text: 'Start PXE over IPv4',
    skip: ovmf === undefined ? 'no OVMF is installed' : false,
  },
];

for (const { name, words, text, skip } of machines) {
  test(`a guest boots in its cell, and its neighbour’s image stays shut: ${name}`, {
    skip: rootOnly.skip || skip || false,
  }, async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site, 'disk.raw', target);
    const neighbour = makeDisk(site, 'neighbour.raw', target);
    chmodSync(neighbour, 0o666);
    const logs = makeDirectory(
      `${site.path}/logs`,
      0o700,
      words.includes('kvm') ? undefined : target,
    );
    const log = `${logs}/firmware.log`;
    const { status, stderr, errors } = await runGuest(site, {
      words: [
        ...words,
        ...firmwareTalks,
        ...[
          '-debugcon',
          `file:${log}`,
          '-serial',
          `file:${logs}/serial`,
          '-pidfile',
          `${logs}/pid`,
        ],
        ...['-drive', `file=${disk},format=raw,if=virtio`, '-vnc', `unix:${site.run}/vm/vnc`],
        ...['-netdev', 'user,id=n', '-device', 'virtio-net-pci,netdev=n,romfile='],
      ],
      options: words.includes('kvm') ? asRoot : [],
      isReady: () => holds(log, text) || holds(`${logs}/serial`, text),
      commands: [addDisk(neighbour, 'n'), addDisk('/etc/hostname', 'h'), addDisk('/dev/null', 'z')],
    });
    assert.equal(status, 0, stderr);
    assert.deepEqual(errors.slice(0, 2), [
      `Could not open '${neighbour}': Permission denied`,
      `Could not open '/etc/hostname': Permission denied`,
    ]);
    assert.ok(!/Permission denied/.test(stderr), stderr);
    assert.equal(existsSync(`/var/tmp/virt-privileges-${target.uid}-vm`), false);
  });
}

test(
  'without Landlock the neighbour’s image opens, so the tests above can tell',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const neighbour = makeDisk(site, 'neighbour.raw', target);
    chmodSync(neighbour, 0o666);
    const log = `${makeDirectory(`${site.path}/logs`, 0o700, target)}/firmware.log`;
    const { status, errors } = await runGuest(site, {
      words: ['-accel', 'tcg', ...firmwareTalks, '-debugcon', `file:${log}`],
      options: ['--landlock', 'off'],
      isReady: () => holds(log, 'SeaBIOS'),
      commands: [addDisk(neighbour, 'n')],
    });
    assert.deepEqual([status, errors], [0, ['']]);
  },
);

test('microvm starts in its cell', rootOnly, async (context) => {
  const site = makeSite(context);
  const log = `${makeDirectory(`${site.path}/logs`, 0o700, target)}/log`;
  const { status, stderr } = await runGuest(site, {
    words: ['-M', 'microvm', '-accel', 'tcg', '-serial', `file:${log}`, '-S'],
    isReady: () => existsSync(log),
    commands: [],
  });
  assert.equal(status, 0, stderr);
});

test(
  'QEMU 10 of trixie runs in its cell, in its own system',
  needsReleases('trixie'),
  (context) => {
    const root = releaseRoot(context, 'trixie');
    bindInto(root, '/opt/launcher', join(projectRoot, 'dist'));
    const own = ['--state-dir', '/run/state', '--run-dir', '/run/vms', '--name', 'vm'];
    const identity = ['--user', `+${target.uid}`, '--group', `+${target.gid}`];
    const guest = ['-S', '-M', 'q35', '-nodefaults', '-display', 'none', '-qmp', 'stdio'];
    const disk = ['-drive', 'file=/srv/disk.raw,format=raw,if=virtio'];
    const words = [
      'run',
      ...own,
      ...identity,
      '--report',
      '/run/report',
      '--',
      emulator,
      ...guest,
      ...disk,
    ];
    const make = 'truncate -s 1M /srv/disk.raw /srv/neighbour.raw; chmod 666 /srv/*.raw; exec "$@"';
    const commands = [
      { execute: 'qmp_capabilities' },
      addDisk('/srv/neighbour.raw', 'n'),
      { execute: 'quit' },
    ];
    const { status, stdout, stderr } = runInRoot(
      root,
      ['sh', '-c', make, 'sh', 'node', '/opt/launcher/qemu-launch.cjs', ...words],
      { input: commands.map((command) => JSON.stringify(command)).join('\n') },
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /"major": 10/);
    assert.match(stdout, /Could not open '\/srv\/neighbour\.raw': Permission denied/);
    const report = JSON.parse(readFileSync(`${root}/run/report`, 'utf8'));
    assert.deepEqual([report.verified, report.status.Seccomp], [true, '2']);
  },
);
