import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import {
  call,
  emulator,
  launcherPath,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  siteWords,
} from '../../support/launcher.ts';
import { rootOnly } from '../../support/scratch.ts';

/** Ends itself as soon as it has opened everything. */
const short = [
  emulator,
  '-display',
  'none',
  '-nodefaults',
  '-M',
  'microvm',
  '-m',
  '64',
  '-qmp',
  'stdio',
];
const quit = '{"execute":"qmp_capabilities"}{"execute":"query-block"}{"execute":"quit"}';

for (const command of ['run', 'exec']) {
  test(`${command} hands a disk on that stays root's`, rootOnly, (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const words = [
      ...['-add-fd', 'fd=3,set=1', '-add-fd', 'fd=20,set=1'],
      ...['-blockdev', 'driver=file,filename=/dev/fdset/1,node-name=d'],
      ...['-device', 'virtio-blk-device,drive=d'],
    ];
    const all = siteWords(site, command, '--name', 'x', '--', ...short, ...words);
    // A secret that no argument names must not be there.
    const redirected = `exec "$@" 3<>${disk} 20<${disk} 9</etc/shadow`;
    const shell = ['-c', redirected, 'sh', process.execPath, launcherPath, ...all];
    const { status, stdout, stderr } = spawnSync('/bin/bash', shell, {
      input: quit,
      encoding: 'utf8',
      cwd: '/',
    });
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /"file": "\/dev\/fdset\/1"/);
    assert.deepEqual(ownerOf(disk), owner);
    call(siteWords(site, 'restore', '--all'));
  });
}

for (const [what, words, expected] of [
  ['not open', ['-add-fd', 'fd=9,set=1'], '-add-fd: descriptor 9 is not open'],
  // Node has some of these open for itself.
  ...[4, 5, 6, 7, 8, 10, 11, 12, 13, 14].map(
    (number) =>
      [
        `Node's own ${number}`,
        ['-chardev', `file,id=c,path=/dev/fdset/1`, '-add-fd', `fd=${number},set=1`],
        `-add-fd: descriptor ${number} is not open`,
      ] as const,
  ),
  [
    'no socket',
    ['-chardev', 'socket,id=c,fd=3'],
    '-chardev: descriptor 3 is /etc/shells, not a socket',
  ],
  [
    'no tap',
    ['-netdev', 'tap,id=n,fd=3'],
    '-netdev: descriptor 3 is /etc/shells, not /dev/net/tun',
  ],
  [
    'no vhost',
    ['-netdev', 'tap,id=n,fd=0,vhost=on,vhostfd=3'],
    '-netdev: descriptor 3 is /etc/shells, not /dev/vhost-net',
  ],
  [
    'no device',
    ['-device', 'vhost-vsock-pci,guest-cid=3,vhostfd=3'],
    '-device: descriptor 3 is /etc/shells, not a character device',
  ],
] as const) {
  test(`a descriptor is refused: ${what}`, rootOnly, (context) => {
    const shells = openSync('/etc/shells', 'r');
    const all = siteWords(makeSite(context), 'run', '--', emulator, ...words);
    const { status, stderr } = spawnSync(process.execPath, [launcherPath, ...all], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe', shells],
    });
    closeSync(shells);
    assert.equal(status, 125);
    assert.equal(stderr.split('\n')[0], `qemu-launch: error: ${expected}`);
  });
}
