import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { Finding } from '../../../src/errors.ts';
import { isGivenDevice, vhostScsi } from '../../../src/runtime/access/host-device.ts';
import { nobody } from '../../../src/runtime/claims/bearer.ts';
import { editRecord } from '../../support/claims.ts';
import {
  call,
  makeDisk,
  makeSite,
  ownerOf,
  type Site,
  siteWords,
  target,
} from '../../support/launcher.ts';
import { rootOnly } from '../../support/scratch.ts';

const root = { uid: 0, gid: 0 };

function makeNode(site: Site, number: readonly [number, number], name = 'node'): string {
  const path = `${site.path}/${name}`;
  execFileSync('mknod', ['-m', '600', path, 'c', ...number.map(String)]);
  return path;
}

/** Character devices of the host, by the numbers of Documentation/admin-guide/devices.txt. */
const devices: readonly (readonly [
  string,
  readonly [number, number],
  (path: string) => string[],
])[] = [
  ['a serial line', [4, 64], (path) => ['-chardev', `tty,id=s,path=${path}`]],
  ['a serial line by USB', [188, 0], (path) => ['-chardev', `serial,id=s,path=${path}`]],
  ['a parallel port', [99, 0], (path) => ['-chardev', `parallel,id=p,path=${path}`]],
  [
    'a TPM',
    [10, 224],
    (path) => ['-tpmdev', `passthrough,id=t,path=${path},cancel-path=/dev/null`],
  ],
  ['a device of the USB', [189, 5], (path) => ['-device', `usb-host,hostdevice=${path}`]],
  ['a security key', [240, 0], (path) => ['-device', `u2f-passthru,hidraw=${path}`]],
  ['an input device', [13, 64], (path) => ['-object', `input-linux,id=i,evdev=${path}`]],
  ['a tablet', [13, 65], (path) => ['-device', `virtio-input-host-pci,evdev=${path}`]],
  [
    'persistent memory',
    [252, 0],
    (path) => ['-object', `memory-backend-file,id=m,size=1M,share=on,mem-path=${path}`],
  ],
  [
    'a generic SCSI device',
    [21, 0],
    (path) => ['-blockdev', `driver=host_device,node-name=d,filename=${path}`],
  ],
];

for (const [what, number, words] of devices) {
  test(`${what} is given to QEMU and given back`, rootOnly, (context) => {
    const site = makeSite(context);
    const node = makeNode(site, number);
    const { status, stderr } = call(
      siteWords(site, 'exec', '--name', 'x', '--', '/bin/true', ...words(node)),
    );
    assert.deepEqual([status, ownerOf(node)], [0, target], stderr);
    assert.equal(call(siteWords(site, 'restore', 'x')).status, 0);
    assert.deepEqual(ownerOf(node), root);
  });
}

test('two nodes of one device are one device', rootOnly, (context) => {
  const site = makeSite(context);
  const line = (path: string) => ['--', '/bin/true', '-chardev', `serial,id=s,path=${path}`];
  const first = siteWords(site, 'exec', '--name', 'x', ...line(makeNode(site, [188, 0])));
  assert.equal(call(first).status, 0);
  editRecord(site, 'x', nobody);
  const second = makeNode(site, [188, 0], 'second');
  const { stderr } = call(siteWords(site, 'run', ...line(second)));
  assert.match(stderr, /second is in use by the VM x/);
});

/** What every process uses, and what is no device: the path, how it is named, and what --claim says to it. */
const others: readonly (readonly [string, (path: string) => string[], RegExp])[] = [
  ['/dev/null', (path) => ['-serial', path], /null is a device that every process uses$/],
  ['/dev/null', (path) => ['-tpmdev', `passthrough,id=t,path=${path}`], /every process uses$/],
  ['/dev/zero', (path) => ['-object', `input-linux,id=i,evdev=${path}`], /every process uses$/],
  [
    '/dev/ptmx',
    (path) => ['-chardev', `serial,id=s,path=${path}`],
    /every process uses$|no files$/,
  ],
  ['disk.raw', (path) => ['-device', `usb-host,hostdevice=${path}`], /disk\.raw is no device$/],
];

for (const [name, words, refusal] of others) {
  test(`${name} in ${words(name)} keeps its owner, and cannot be claimed`, rootOnly, (context) => {
    const site = makeSite(context);
    const path = name.startsWith('/') ? name : makeDisk(site, name);
    const ask = (...options: readonly string[]) => {
      const all = siteWords(site, 'plan', '--json', ...options, '--', '/bin/true', ...words(path));
      return JSON.parse(call(all).stdout);
    };
    const { resources } = ask();
    const found = resources.find((each: { path: string }) => each.path === path);
    assert.deepEqual([found.action, found.why], ['check', 'not storage']);
    const messages = ask('--claim', path).findings.map(({ message }: Finding) => message);
    assert.ok(
      messages.some((message: string) => refusal.test(message)),
      messages.join('\n'),
    );
  });
}

test('the node by which all machines reach their SCSI targets is given', () => {
  assert.equal(isGivenDevice({ kind: 'device-node', path: vhostScsi }, null), true);
  assert.equal(isGivenDevice({ kind: 'device-node', path: '/dev/vhost-net' }, null), false);
});
