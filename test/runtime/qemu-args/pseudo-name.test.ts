import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../../src/runtime/qemu-args/json.ts';
import { isJsonObject } from '../../../src/runtime/qemu-args/json.ts';
import { driverOfName, optionsOfName } from '../../../src/runtime/qemu-args/pseudo-name.ts';

const rows: readonly [name: string, driver: string, options: object][] = [
  ['/a:b', 'file', { filename: '/a:b' }],
  ['a/b:c', 'file', { filename: 'a/b:c' }],
  ['./a:b', 'file', { filename: './a:b' }],
  ['100%,x', 'file', { filename: '100%,x' }],
  ['file:/x', 'file', { filename: '/x' }],
  ['file:a:b', 'file', { filename: 'a:b' }],
  ['host_device:/dev/sdb', 'host_device', { filename: '/dev/sdb' }],
  ['host_cdrom:/dev/sr0', 'host_cdrom', { filename: '/dev/sr0' }],
  ['null-co://', 'null-co', {}],
  ['nbd:localhost:10809', 'nbd', {}],
  ['nbd:unix:/run/s:exportname=a', 'nbd', { server: { type: 'unix', path: '/run/s' } }],
  ['nbd+unix:///export?socket=/run/a%20b', 'nbd', { server: { type: 'unix', path: '/run/a b' } }],
  ['gluster+unix:///v/i?x=y&socket=/g', 'gluster', { server: { 0: { type: 'unix', path: '/g' } } }],
  ['https://host/x.iso', 'https', {}],
  ['ssh://host/x', 'ssh', {}],
  ['iser://host/x/0', 'iscsi', {}],
  ['rbd:pool/image', 'rbd', {}],
  ['rbd:pool/image:id=a:conf=/c\\:d:keyring=/k', 'rbd', { conf: '/c:d', keyring: '/k' }],
  ['rbd:p/i:id=a:key=b/c:mon_host=h/0:log_file=/l', 'rbd', { 'x-conf': { log_file: '/l' } }],
  ['nvme://0000:01:00.0/1', 'nvme', { device: '0000:01:00.0' }],
  ['fat:/srv', 'vvfat', { dir: '/srv', rw: false }],
  ['fat:rw:/srv', 'vvfat', { dir: '/srv', rw: true }],
  ['fat:floppy:16:rw:d', 'vvfat', { dir: 'd', rw: true }],
  ['fat:c:/srv', 'vvfat', { dir: 'c:/srv', rw: false }],
  ['fat:12:srv', 'vvfat', { dir: 'srv', rw: false }],
  ['blkdebug::/x', 'blkdebug', { 'x-image': '/x' }],
  ['blkdebug:c:nbd:h:1', 'blkdebug', { config: 'c', 'x-image': 'nbd:h:1' }],
  ['blkverify:a:b:c', 'blkverify', { 'x-raw': 'a', 'x-image': 'b:c' }],
];

for (const [name, driver, options] of rows) {
  test(`${name} as QEMU's block layer takes it`, () => {
    assert.equal(driverOfName(name), driver);
    assert.deepEqual(plain(optionsOfName(driver, name)), options);
  });
}

function plain(value: Json): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
}

test('a driver that is named takes a name without its prefix, and any other prefix as part of it', () => {
  assert.deepEqual(plain(optionsOfName('file', 'nbd:x')), { filename: 'nbd:x' });
  assert.deepEqual(plain(optionsOfName('vvfat', 'd')), { dir: 'd', rw: false });
  assert.deepEqual(plain(optionsOfName('blkdebug', 'a:b')), { 'x-image': 'a:b' });
});

for (const name of ['vhdx:x', 'sheepdog:x', ':x', 'c:x']) {
  test(`${name} is not understood`, () => {
    assert.throws(() => driverOfName(name), {
      code: 'VP_ARGUMENT_UNKNOWN_PATH',
      message: `file names that start with '${name.slice(0, name.indexOf(':'))}:' are not understood`,
    });
  });
}

for (const [name, driver, message] of [
  ['nbd+unix:///export', 'nbd', 'a unix socket address needs ?socket=PATH'],
  ['nbd+unix:///?socket=%', 'nbd', 'a unix socket address needs ?socket=PATH'],
  ['blkdebug:x', 'blkdebug', "'x' lacks a colon and the image after it"],
] as const) {
  test(`${name} is malformed`, () => {
    assert.throws(() => optionsOfName(driver, name), { code: 'VP_ARGUMENT_MALFORMED', message });
  });
}
