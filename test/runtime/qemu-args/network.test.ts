import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, makeHost, pathsOf } from '../../support/qemu-args.ts';

const tun = '/dev/net/tun device-node rw';
const vhost = '/dev/vhost-net device-node rw';
const noScripts = 'script=no,downscript=no';

const understood: readonly [line: string, ...paths: readonly string[]][] = [
  [`-netdev tap,id=n,ifname=a/b,${noScripts}`, tun],
  [`-netdev tap,id=n,${noScripts},vhost=on`, tun, vhost],
  [`-netdev tap,id=n,${noScripts},vhost`, tun, vhost],
  [`-netdev tap,id=n,${noScripts},vhost=off`, tun],
  [`-netdev tap,id=n,${noScripts},vhostforce=on`, tun, vhost],
  [`-netdev tap,id=n,${noScripts},vhost=on,vhostfd=0`, tun],
  ['-netdev tap,id=n,fds=0:1,vhost=on', vhost],
  [`-nic tap,${noScripts},model=virtio,mac=52:54:00:12:34:56 -net nic`, tun],
  ['-netdev {"type":"tap","id":"n","fds":"0","vhost":true}', vhost],
  ['-netdev user,id=n,tftp=/t,bootfile=/pxe', '/t filesystem ro'],
  ['-netdev user,id=n,hostfwd=tcp::2222-:22,ipv6-net=fec0::/64'],
  ['-netdev user,id=n,guestfwd=tcp:10.0.2.100:80-tcp:127.0.0.1:8080'],
  ['-netdev user,id=n,guestfwd=tcp:10.0.2.100:80-unix:/s', '/s socket rw'],
  ['-netdev user,id=n,guestfwd=:10.0.2.100:80-unix:s,,server=on', '/vm/s socket rw created'],
  ['-nic user,guestfwd=tcp:1.2.3.4:5-file:/f', '/f chardev rw created'],
  [
    '-nic user,guestfwd=tcp:1.2.3.4:5-chardev:c,guestfwd=tcp:1.2.3.4:6-/dev/ttyS0',
    '/dev/ttyS0 chardev rw',
  ],
  ['-netdev {"type":"user","id":"n","guestfwd":[{"str":"tcp:1.2.3.4:5-unix:/s"}]}', '/s socket rw'],
  ['-netdev socket,id=n,listen=:1234 -netdev socket,id=m,mcast=230.0.0.1:1234'],
  ['-netdev l2tpv3,id=n,src=a,dst=b,txsession=1'],
  ['-netdev stream,id=n,addr.type=unix,addr.path=s', '/vm/s socket rw'],
  ['-netdev stream,id=n,addr.type=unix,addr.path=/s,server=on', '/s socket rw created'],
  ['-netdev stream,id=n,addr.type=unix,addr.path=s,addr.abstract=on'],
  [
    '-netdev {"type":"stream","id":"n","server":true,"addr":{"type":"unix","path":"/s"}}',
    '/s socket rw created',
  ],
  ['-netdev stream,id=n,addr.type=inet,addr.host=h,addr.port=1'],
  [
    '-netdev dgram,id=n,local.type=unix,local.path=/l,remote.type=unix,remote.path=/r',
    '/l socket rw created',
    '/r socket rw optional',
  ],
  ['-netdev stream,id=n,addr.type=unix,addr.path=s,reconnect=5', '/vm/s socket rw optional'],
  ['-netdev stream,id=n,addr.type=unix,addr.path=s,reconnect-ms=5', '/vm/s socket rw optional'],
  ['-netdev stream,id=n,addr.type=unix,addr.path=s,addr.abstract=on,reconnect=5'],
  ['-netdev vde,id=n,sock=/run/vde,group=x,mode=0660', '/run/vde socket rw'],
  ['-netdev vhost-user,id=n,chardev=c'],
  ['-netdev vhost-vdpa,id=n,vhostdev=/dev/vhost-vdpa-0', '/dev/vhost-vdpa-0 device-node rw'],
  ['-netdev af-xdp,id=n,ifname=e,inhibit=on,map-path=/sys/fs/bpf/m', '/sys/fs/bpf/m config rw'],
  ['-netdev netmap,id=n,ifname=e', '/dev/netmap device-node rw'],
  ['-netdev hubport,id=n,hubid=0'],
];

for (const [line, ...paths] of understood) {
  test(`network: ${line}`, () => {
    assert.deepEqual(pathsOf(line), paths);
    assert.deepEqual(findingsOf(line), []);
  });
}

test('a directory that is shared by a server beside QEMU', () => {
  assert.deepEqual(pathsOf('-nic user,smb=/srv'), ['/srv filesystem rw']);
  assert.deepEqual(pathsOf('-nic passt,path=/opt/passt,tcp-ports=a/22'), ['/opt/passt config ro']);
});

test('the socket of a VDE switch is in its directory', () => {
  const host = makeHost({ '/run/vde/ctl': '' });
  assert.deepEqual(pathsOf('-netdev vde,id=n,sock=/run/vde', [], host), ['/run/vde/ctl socket rw']);
  assert.deepEqual(pathsOf('-nic vde,sock=../run/vde -nic vde', [], host), [
    '/run/vde/ctl socket rw',
  ]);
});

for (const [line, finding] of [
  [
    '-netdev user,id=n,guestfwd=tcp:10.0.2.100:80-cmd:/bin/cat',
    'VP_ARGUMENT_REFUSED -netdev: guestfwd= runs a command, and no one can tell what that opens',
  ],
  [
    '-nic user,guestfwd=unix:/s',
    'VP_ARGUMENT_UNKNOWN_PATH -nic: guestfwd=unix:/s looks like a path of the host and is not understood yet',
  ],
  [
    '-nic user,hostfwd=unix:/s',
    'VP_ARGUMENT_UNKNOWN_PATH -nic: hostfwd=unix:/s looks like a path of the host and is not understood yet',
  ],
  [
    '-netdev newer,id=n,path=/x',
    'VP_ARGUMENT_UNKNOWN_PATH -netdev: path=/x looks like a path of the host and is not understood yet',
  ],
] as const) {
  test(`refused: ${line}`, () => assert.deepEqual(findingsOf(line), [finding]));
}
