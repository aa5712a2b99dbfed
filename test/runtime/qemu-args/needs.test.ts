import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQemuArguments } from '../../../src/runtime/qemu-args/parse.ts';
import { parse } from '../../support/qemu-args.ts';

/** What is said, and what it needs. */
const rows: readonly (readonly [given: readonly string[], needs: string])[] = [
  [['-object', 'thread-context,id=t,cpu-affinity=0'], 'affinity'],
  [['--object', 'qom-type=thread-context,id=t'], 'affinity'],
  [['-object', '{"qom-type":"thread-context","id":"t"}'], 'affinity'],
  [['-object', 'iothread,id=thread-context'], ''],
  [['-drive', 'file=/d,format=raw,aio=io_uring'], 'rings'],
  [['-drive', 'file=/d,format=qcow2,file.aio=io_uring'], 'rings'],
  [['-drive', 'file=/d,format=raw,id=d', '-set', 'drive.d.aio=io_uring'], 'rings'],
  [['-drive', 'file.driver=io_uring,file.filename=/dev/d,format=raw'], 'rings'],
  [
    ['-hda', 'json:{"driver":"raw","file":{"driver":"file","filename":"/d","aio":"io_uring"}}'],
    'rings',
  ],
  [['-blockdev', 'driver=file,filename=/d,node-name=d,aio=io_uring'], 'rings'],
  [['-blockdev', '{"driver":"io_uring","node-name":"d","filename":"/dev/d"}'], 'rings'],
  [['-blockdev', 'driver=nvme-io_uring,node-name=d,path=/dev/ng0n1'], 'rings'],
  [
    [
      '-blockdev',
      '{"driver":"raw","node-name":"r","file":{"driver":"file","filename":"/d","aio":"io_uring"}}',
    ],
    'rings',
  ],
  [['-drive', 'if=none,id=cd,media=cdrom,aio=io_uring'], 'rings'],
  [['-drive', 'if=none,id=io_uring,media=cdrom,aio=native'], ''],
  [['-drive', 'file=/srv/io_uring,format=raw,id=aio=io_uring'], ''],
  [['-drive', 'file=/srv/d,,aio=io_uring,format=raw'], ''],
  [['-blockdev', 'driver=file,filename=/d,node-name=io_uring,aio=native'], ''],
  [['-device', 'virtio-gpu-gl'], 'code desktop'],
  [['-device', 'virtio-vga-gl,id=v'], 'code desktop'],
  [['-device', '{"driver":"virtio-gpu-gl-pci"}'], 'code desktop'],
  [['-device', 'virtio-gpu-rutabaga-pci'], 'code desktop'],
  [['-device', 'virtio-gpu-pci,virgl=on'], 'code desktop'],
  [['-device', 'virtio-gpu-pci,virgl=off'], ''],
  [['-device', 'virtio-rng-pci,id=virtio-vga-gl'], ''],
  [['-drive', 'file=/srv/my-gl.qcow2,format=qcow2'], ''],
  [['-drive', 'file=/srv/rutabaga-virgl,format=raw'], ''],
  [['-display', 'egl-headless'], 'code desktop'],
  [['-display', 'gtk,gl=on'], 'code desktop'],
  [['-display', 'sdl,gl=es'], 'code desktop'],
  [['-display', '{"type":"dbus","gl":"core"}'], 'code desktop'],
  [['-display', 'gtk,gl=off'], 'desktop'],
  [['-display', 'vnc=:1'], ''],
  [['-display', 'none'], ''],
  [['-vnc', ':1'], ''],
  [['-spice', 'port=5900,disable-ticketing=on'], 'desktop'],
  [['-spice', 'port=5900', '-spice', 'gl=on'], 'code desktop'],
  [['-audiodev', 'pa,id=a'], 'desktop'],
  [['-audiodev', '{"driver":"alsa","id":"a"}'], 'desktop'],
  [['-audiodev', 'none,id=pa'], ''],
  [['-audio', 'driver=pipewire,model=hda'], 'desktop'],
  [['-name', 'dbus'], ''],
  [['-name', 'guest=egl-headless,debug-threads=on'], ''],
  [['-append', 'console=spice gl=on aio=io_uring thread-context'], ''],
  [['-netdev', 'user,id=pa'], ''],
  [['-drive', 'file=rbd:pool/image,format=raw'], 'ceph'],
  [['-cdrom', 'ssh://host/x'], 'ssh'],
  [['-blockdev', 'driver=ssh,host=h,path=/x,node-name=s'], 'ssh'],
  [['-drive', 'file=/srv/ssh/rbd.raw,format=raw'], ''],
];

for (const [given, needs] of rows) {
  test(`${given.join(' ')}: ${needs || 'nothing'}`, () => {
    assert.equal([...parse(given).needs].sort().join(' '), needs);
  });
}

test('in a file of -readconfig', () => {
  const text =
    '[object "t"]\n  qom-type = "thread-context"\n[drive "io_uring"]\n  file = "/d"\n  format = "raw"\n';
  const { needs } = parseQemuArguments(['-readconfig', '/c'], {
    directory: '/vm',
    allowed: [],
    readConfig: () => text,
  });
  assert.deepEqual([...needs], ['affinity']);
});
