import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQemuArguments } from '../../../src/runtime/qemu-args/parse.ts';
import { parse } from '../../support/qemu-args.ts';

const blockdev =
  '{"driver":"nbd","node-name":"n","server":{"type":"inet","host":"h","port":"10811"}}';
const chardev =
  '{"id":"c","backend":{"type":"socket","data":{"addr":{"type":"inet","data":{"host":"h","port":"7001"}}}}}';
const stream = '{"type":"stream","id":"n","addr":{"type":"inet","host":"h","port":"7002"}}';
const forward = '{"type":"user","id":"n","hostfwd":[{"str":"tcp::2224-:22"}]}';

/** An argument, and the ports that it names. */
const rows: readonly (readonly [given: readonly string[], ...ports: number[]])[] = [
  [['-vnc', ':1'], 5901],
  [['-vnc', '0.0.0.0:12,password=on'], 5912],
  [['-vnc', '[::1]:3'], 5903],
  [['-vnc', 'localhost:1,websocket=5700'], 5700, 5901],
  [['-vnc', ':1,websocket=on'], 5701, 5901],
  [['-vnc', ':1,websocket=off'], 5901],
  [['-display', 'vnc=:2'], 5902],
  [['-vnc', 'unix:/run/vnc.sock']],
  [['-vnc', 'none']],
  [['-spice', 'port=5930,tls-port=5931,disable-ticketing=on'], 5930, 5931],
  [['-serial', 'tcp:127.0.0.1:4444,server=on'], 4444],
  [['-serial', 'mon:telnet::4445,server=on'], 4445],
  [['-qmp', 'tcp:localhost:4446,server=on,wait=off'], 4446],
  [['-gdb', 'tcp::1235'], 1235],
  [['-s'], 1234],
  [['-serial', 'udp::4447']],
  [['-serial', 'file:/srv/tcp::4448']],
  [['-serial', 'tcp::0,server=on']],
  [['-chardev', 'socket,id=c,host=localhost,port=7000'], 7000],
  [['-chardev', chardev], 7001],
  [['-chardev', 'udp,id=c,port=7003']],
  [['-chardev', 'socket,id=c,host=localhost,port=70000']],
  [['-chardev', 'socket,id=c,host=h', '-set', 'chardev.c.port=7004'], 7004],
  [['-netdev', 'user,id=n,hostfwd=tcp:127.0.0.1:2222-:22'], 2222],
  [['-netdev', 'user,id=n,hostfwd=::2223-:22'], 2223],
  [['-netdev', 'user,id=n,hostfwd=tcp::2225-:22,hostfwd=tcp::2226-:80'], 2225, 2226],
  [['-netdev', 'user,id=n,hostfwd=udp::2227-:53']],
  [['-netdev', forward], 2224],
  [['-nic', 'user,hostfwd=tcp::2228-:22'], 2228],
  [['-netdev', 'user,id=n,guestfwd=tcp:10.0.2.100:80-tcp:127.0.0.1:8080'], 8080],
  [['-netdev', 'socket,id=n,listen=:7005'], 7005],
  [['-netdev', 'socket,id=n,connect=10.0.0.1:7006'], 7006],
  [['-netdev', stream], 7002],
  [['-netdev', 'stream,id=n,addr.type=inet,addr.host=h,addr.port=7007'], 7007],
  [['-incoming', 'tcp:0:4449'], 4449],
  [['-incoming', 'tcp:[::1]:4450'], 4450],
  [['-incoming', 'defer']],
  [['-drive', 'file=nbd://10.0.0.1:10809/export'], 10809],
  [['-drive', 'file=nbd:10.0.0.1:10810:exportname=x,format=raw'], 10810],
  [['-drive', 'file.driver=nbd,file.host=h,file.port=10812'], 10812],
  [['-drive', `file=json:${blockdev.replaceAll(',', ',,')}`], 10811],
  [['-blockdev', blockdev], 10811],
  [['-drive', 'file.driver=iscsi,file.portal=10.0.0.1:3261,file.target=t'], 3261],
  [['-cdrom', 'iscsi://u%p@h:3262/t/0'], 3262],
  [['-cdrom', 'https://example.org:8443/x.iso'], 8443],
  [['-cdrom', '/srv/a:22']],
  [['-drive', 'file=/srv/x://h:23/y,format=raw']],
  [['-device', 'virtio-net-pci,mac=52:54:00:12:34:56']],
  [['-device', 'pcie-root-port,port=16,id=p']],
  [['-name', 'guest=x:5']],
  [['-append', 'port=24 http://h:25/ :26']],
];

for (const [given, ...ports] of rows) {
  test(`the ports of ${given.join(' ')}`, () => {
    assert.deepEqual(
      parse(given)
        .listPorts()
        .toSorted((a, b) => a - b),
      ports,
    );
  });
}

test('a port that is named twice counts once', () => {
  assert.deepEqual(parse(['-vnc', ':1', '-spice', 'port=5901']).listPorts(), [5901]);
});

test('in a file of -readconfig', () => {
  const text = '[chardev "c"]\n  backend = "socket"\n  host = "h"\n  port = "7008"\n';
  const options = { directory: '/vm', allowed: [], readConfig: () => text };
  assert.deepEqual(parseQemuArguments(['-readconfig', '/c'], options).listPorts(), [7008]);
});
