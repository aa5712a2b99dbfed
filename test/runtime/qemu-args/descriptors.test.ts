import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf } from '../../support/qemu-args.ts';

for (const [line, what] of [
  ['-chardev socket,id=c,fd=3', '-chardev: fd=3'],
  [
    '-chardev {"id":"c","backend":{"type":"socket","data":{"addr":{"type":"fd","data":{"str":"21"}}}}}',
    '-chardev: type=fd',
  ],
  ['-netdev tap,id=n,fd=30,vhost=on', '-netdev: fd=30'],
  ['-netdev {"type":"tap","id":"n","fds":"0:3"}', '-netdev: fds=0:3'],
  ['-nic tap,script=no,downscript=no,vhost=on,vhostfd=4', '-nic: vhostfd=4'],
  ['-netdev vhost-vdpa,id=n,vhostfd=3', '-netdev: vhostfd=3'],
  ['-netdev stream,id=n,addr.type=fd,addr.str=3', '-netdev: addr.type=fd'],
  ['-netdev af-xdp,id=n,ifname=e,inhibit=on,sock-fds=15:16', '-netdev: sock-fds=15:16'],
  ['-device vhost-vsock-pci,guest-cid=3,vhostfd=3', '-device: vhostfd=3'],
  ['-device vfio-pci,fd=23', '-device: fd=23'],
  ['-object iommufd,id=i,fd=22', '-object: fd=22'],
  ['-fsdev proxy,id=f,sock_fd=3', '-fsdev: sock_fd=3'],
  ['-chardev socket,id=c,fd=name', '-chardev: fd=name'],
] as const) {
  test(`no descriptor is handed on: ${line}`, () => {
    assert.deepEqual(findingsOf(line), [
      `VP_ARGUMENT_REFUSED ${what}: no descriptor is handed on to QEMU`,
    ]);
  });
}

test('the standard ones are there', () => {
  assert.deepEqual(findingsOf('-chardev socket,id=c,fd=0 -netdev tap,id=n,fds=1:2'), []);
});
