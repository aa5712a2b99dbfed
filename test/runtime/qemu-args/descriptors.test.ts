import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, parse, pathsOf, words } from '../../support/qemu-args.ts';

const chardev =
  '-chardev {"id":"c","backend":{"type":"socket","data":{"addr":{"type":"fd","data":{"str":"21"}}}}}';

for (const [line, ...expected] of [
  ['-add-fd fd=3,set=1', '3 any in 1'],
  ['-add-fd fd=3,set=1,opaque=rw:/disk -add-fd fd=4,set=1', '3 any in 1', '4 any in 1'],
  ['-chardev socket,id=c,fd=3,server=on,wait=off', '3 socket'],
  [chardev, '21 socket'],
  ['-netdev tap,id=n,fd=30,vhost=on,vhostfd=31', '30 tap', '31 vhost-net'],
  ['-netdev {"type":"tap","id":"n","fds":"0:3"}', '3 tap'],
  ['-nic tap,fds=3:4,vhostfds=5:6', '3 tap', '4 tap', '5 vhost-net', '6 vhost-net'],
  ['-netdev vhost-vdpa,id=n,vhostfd=3', '3 character'],
  ['-netdev socket,id=n,fd=3', '3 socket'],
  ['-netdev stream,id=n,addr.type=fd,addr.str=3', '3 socket'],
  ['-netdev dgram,id=n,local.type=fd,local.str=3', '3 socket'],
  ['-netdev af-xdp,id=n,ifname=e,inhibit=on,sock-fds=15:16', '15 socket', '16 socket'],
  ['-device vhost-vsock-pci,guest-cid=3,vhostfd=3', '3 character'],
  ['-device vfio-pci,fd=23,sysfsdev=/d', '23 any'],
  ['-object iommufd,id=i,fd=22', '22 any'],
  ['-fsdev proxy,id=f,sock_fd=3', '3 socket'],
  ['-blockdev driver=nbd,node-name=n,server.type=fd,server.str=7', '7 socket'],
  ['-incoming fd:3', '3 any'],
  ['-incoming main,addr.transport=socket,addr.type=fd,addr.str=3', '3 any'],
  ['-chardev socket,id=c,fd=0 -netdev tap,id=n,fds=1:2'],
] as const) {
  test(`descriptors of the caller: ${line}`, () => {
    const found = parse(words(line)).descriptors.map(({ number, kind, set }) => {
      return set === null ? `${number} ${kind}` : `${number} ${kind} in ${set}`;
    });
    assert.deepEqual(found, expected);
  });
}

for (const [line, finding] of [
  ['-chardev socket,id=c,fd=name', '-chardev: fd=name is no number of an open descriptor'],
  ['-chardev socket,id=c,fd=', '-chardev: fd= is no number of an open descriptor'],
  ['-netdev tap,id=n,fds=3:-1', '-netdev: fds=-1 is no number of an open descriptor'],
  ['-incoming fd:name', '-incoming: fd=name is no number of an open descriptor'],
  ['-netdev stream,id=n,addr.type=fd', '-netdev: addr.type= is no number of an open descriptor'],
  ['-add-fd fd=2,set=1', '-add-fd: fd=2 is a standard descriptor, which QEMU does not take'],
  ['-add-fd fd=3', '-add-fd: set= is no number of an open descriptor'],
] as const) {
  test(`refused: ${line}`, () => {
    assert.deepEqual(findingsOf(line), [`VP_ARGUMENT_MALFORMED ${finding}`]);
  });
}

test('a set of descriptors is no path of the host', () => {
  const line = '-add-fd fd=3,set=7 -drive file=/dev/fdset/7,format=raw';
  assert.deepEqual([pathsOf(line), findingsOf(line)], [[], []]);
});

test('a set that nothing fills', () => {
  assert.deepEqual(findingsOf('-add-fd fd=3,set=7 -chardev file,id=c,path=/dev/fdset/8'), [
    'VP_ARGUMENT_REFUSED -chardev file,id=c,path=/dev/fdset/8: /dev/fdset/8 is a set that no -add-fd fills',
  ]);
});
