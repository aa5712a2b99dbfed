import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, makeHost, parse, pathsOf } from '../../support/qemu-args.ts';

const host = makeHost({
  '/dev/snd/controlC0': '',
  '/dev/snd/pcmC0D0c': '',
  '/dev/snd/pcmC0D0p': '',
  '/dev/snd/seq': '',
  '/dev/snd/timer': '',
  '/sys/class/misc/tpm1/device/cancel': '',
  '/vm/there': '',
});
const sound = [
  '/dev/snd/controlC0 device-node rw optional',
  '/dev/snd/pcmC0D0c device-node rw optional',
  '/dev/snd/pcmC0D0p device-node rw optional',
  '/dev/snd/timer device-node rw optional',
];

const understood: readonly [line: string, ...paths: readonly string[]][] = [
  // Devices
  ['-device virtio-net-pci,romfile=r', '/vm/r option-rom ro optional'],
  ['-device virtio-net-pci,romfile=./r -device e1000,romfile=', '/vm/r option-rom ro'],
  ['-device usb-tablet,pcap=/p', '/p log rw created'],
  ['-device vhost-vsock-pci,guest-cid=3', '/dev/vhost-vsock device-node rw'],
  ['-device vhost-vsock-pci,guest-cid=3,vhostfd=0'],
  ['-device vhost-scsi-pci,wwpn=naa.5001', '/dev/vhost-scsi device-node rw'],
  ['-device vhost-scsi-ccw,wwpn=naa.5001,vhostfd=0'],
  ['-device vhost-vdpa-device-pci,vhostdev=/dev/vhost-vdpa-1', '/dev/vhost-vdpa-1 device-node rw'],
  ['-device vhost-user-fs-pci,chardev=c,tag=/mnt -device vhost-user-vsock-pci,chardev=d'],
  ['-device virtio-input-host-pci,evdev=/dev/input/event3', '/dev/input/event3 input rw'],
  ['-device virtio-gpu-pci,blob=on', '/dev/udmabuf device-node rw'],
  ['-device {"driver":"virtio-vga","blob":true}', '/dev/udmabuf device-node rw'],
  ['-device virtio-vga-gl,blob=on -device virtio-gpu-pci'],
  ['-device virtio-gpu-rutabaga-pci,wayland-socket-path=/w', '/w socket rw'],
  ['-device usb-mtp,rootdir=/m,desc=a/b', '/m filesystem ro'],
  ['-device usb-mtp,rootdir=/m,readonly=off', '/m filesystem rw'],
  ['-device {"driver":"usb-mtp","rootdir":"/m","readonly":false}', '/m filesystem rw'],
  ['-device usb-redir,chardev=c,filter=-1:0x0781:-1:-1:0|a/b'],
  ['-device u2f-passthru,hidraw=/dev/hidraw0', '/dev/hidraw0 host-device rw'],
  ['-device u2f-emulated,dir=/u2f', '/u2f secret ro'],
  [
    '-device canokey,file=new -device canokey,file=there',
    '/vm/new state rw created',
    '/vm/there state rw',
  ],
  ['-device ccid-card-emulated,backend=nss-emulated', '/etc/pki/nssdb secret ro optional'],
  ['-device ccid-card-emulated,backend=certificates,db=/d,cert1=c', '/d secret ro optional'],
  ['-device loader,file=/k,addr=0x100', '/k kernel ro'],
  ['-device loader,addr=0x100,data=1,data-len=4'],
  ['-device guest-loader,addr=1,kernel=k,bootargs=a=/b', '/vm/k kernel ro'],
  ['-device guest-loader,addr=1,initrd=i', '/vm/i initrd ro'],
  ['-device ipmi-bmc-sim,sdrfile=/s,frudatafile=/f', '/s config ro', '/f config ro'],
  ['-device cxl-type3,cdat=/c,volatile-memdev=m', '/c config ro'],
  [
    '-device uefi-vars-x64,jsonfile=v -device uefi-vars-x64,jsonfile=there',
    '/vm/v nvram rw created',
    '/vm/there nvram rw',
  ],
  ['-device vfio-user-pci,socket.type=unix,socket.path=/s', '/s socket rw'],
  ['-device ivshmem-plain,memdev=m -device ivshmem-doorbell,chardev=c -device pci-testdev'],
  ['-device virtio-9p-pci,fsdev=f,mount_tag=/a -device virtio-sound-pci,audiodev=a'],
  ['-device pvpanic -device VGA,edid=on -device tpm-tis,tpmdev=t'],
  ['-usbdevice tablet -usbdevice braille'],
  // Objects
  ['-object rng-random,id=r', '/dev/urandom rng ro'],
  ['-object rng-random,id=r,filename=/dev/random', '/dev/random rng ro'],
  ['-object rng-random,id=r,filename=/srv/seed', '/srv/seed rng ro'],
  ['-object input-linux,id=i,evdev=/dev/input/event0,grab_all=on', '/dev/input/event0 input rw'],
  ['-object filter-dump,id=f,netdev=n,file=d.pcap', '/vm/d.pcap log rw created'],
  ['-object sev-guest,id=s,cbitpos=47', '/dev/sev device-node rw'],
  [
    '-object sev-guest,id=s,sev-device=/dev/sev1,dh-cert-file=/d,session-file=/s',
    '/dev/sev1 device-node rw',
    '/d secret ro',
    '/s secret ro',
  ],
  ['-object sev-snp-guest,id=s,id-block=a/b==,id-auth=c/d,host-data=/e', '/dev/sev device-node rw'],
  ['-object {"qom-type":"tdx-guest","id":"t","mrconfigid":"a/b="}'],
  [
    '-object {"qom-type":"tdx-guest","id":"t","quote-generation-socket":{"type":"unix","path":"/q"}}',
    '/q socket rw',
  ],
  [
    '-object memory-backend-epc,id=m,size=64M',
    '/dev/sgx_vepc device-node rw',
    '/dev/sgx_provision device-node ro optional',
  ],
  ['-object pr-manager-helper,id=p,path=/p', '/p socket rw'],
  ['-object authz-list-file,id=a,filename=/a.json', '/a.json config ro'],
  ['-object dbus-vmstate,id=d,addr=unix:path=/b,id-list=x', '/b socket rw'],
  ['-object igvm-cfg,id=i,file=/i', '/i firmware ro'],
  ['-object cryptodev-vhost-user,id=c,chardev=d -object can-host-socketcan,id=n,if=can0'],
  // Tables, texts and plugins, of which QEMU takes each
  ['-acpitable t1:t2', '/vm/t1 acpi-table ro', '/vm/t2 acpi-table ro'],
  ['-acpitable sig=ABCD,file=t1,file=t2', '/vm/t2 acpi-table ro'],
  ['-smbios type=11,path=a,value=/x,path=/b', '/vm/a smbios ro', '/b smbios ro'],
  ['-smbios file=a,file=b', '/vm/b smbios ro'],
  ['-plugin file=./a,file=./b', '/vm/a config ro', '/vm/b config ro'],
  ['-plugin ./a,x=1,file=./b', '/vm/a config ro', '/vm/b config ro'],
  // TPM
  ['-tpmdev passthrough,id=t', '/dev/tpm0 tpm rw'],
  [
    '-tpmdev passthrough,id=t,path=/dev/tpm1',
    '/dev/tpm1 tpm rw',
    '/sys/class/misc/tpm1/device/cancel tpm rw',
  ],
  ['-tpmdev passthrough,id=t,path=/dev/tpm1,cancel-path=/c', '/dev/tpm1 tpm rw', '/c tpm rw'],
  ['-tpmdev emulator,id=t,chardev=c'],
  // File systems
  ['-fsdev local,id=f,path=p,security_model=none', '/vm/p filesystem rw'],
  ['-fsdev local,id=f,path=/p,security_model=none,readonly=on', '/p filesystem ro'],
  ['-virtfs local,path=/p,mount_tag=/tag,security_model=mapped,readonly', '/p filesystem ro'],
  ['-virtfs fsdriver=local,path=/p,mount_tag=x,readonly=off', '/p filesystem rw'],
  ['-fsdev proxy,id=f,socket=/s', '/s socket rw'],
  ['-fsdev synth,id=g'],
  // Sound
  ['-audiodev alsa,id=a,out.dev=hw:0,,0', ...sound],
  ['-audiodev {"driver":"alsa","id":"a"}', ...sound],
  ['-audio alsa,model=hda', ...sound],
  ['-audiodev oss,id=a', '/dev/dsp device-node rw'],
  ['-audiodev oss,id=a,out.dev=/dev/dsp1', '/dev/dsp device-node rw', '/dev/dsp1 device-node rw'],
  ['-audiodev wav,id=a', '/vm/qemu.wav log rw created'],
  ['-audiodev wav,id=a,path=/w', '/w log rw created'],
  ['-audiodev pa,id=a,server=unix:/run/pulse,out.name=a/b', '/run/pulse socket rw'],
  ['-audiodev pa,id=a,server={0123}unix:/run/p', '/run/p socket rw'],
  ['-audiodev pa,id=a,server=tcp:host:4713 -audiodev pa,id=b'],
  [
    '-audiodev none,id=a -audiodev spice,id=b -audiodev dbus,id=c -audiodev pipewire,id=d,out.name=/x',
  ],
  ['-audiodev sndio,id=a,dev=snd/0 -audiodev jack,id=b -audiodev sdl,id=c'],
];

for (const [line, ...paths] of understood) {
  test(`understood: ${line}`, () => {
    assert.deepEqual(pathsOf(line, [], host), paths);
    assert.deepEqual(findingsOf(line, [], host), []);
  });
}

const which = (option: string, pattern: string) =>
  `VP_ARGUMENT_UNKNOWN_PATH ${option} opens a node ${pattern}, and which one is not known`;

for (const [line, ...findings] of [
  ['-device u2f-passthru', which('-device', '/dev/hidraw*')],
  [
    '-audiodev alsa,id=a',
    which('-audiodev', '/dev/snd/control*'),
    which('-audiodev', '/dev/snd/pcm*'),
  ],
] as const) {
  test(`only the user can tell: ${line}`, () => {
    assert.deepEqual(findingsOf(line), findings);
    assert.deepEqual(findingsOf(line, [{ path: '/dev', access: 'rw' }]), []);
  });
}

test('of several nodes of the host only the user can tell', () => {
  const known = makeHost({ '/dev/hidraw0': '', '/dev/hidraw1': '' });
  const line = '-device u2f-passthru';
  assert.deepEqual(findingsOf(line, [{ path: '/dev/hidraw1', access: 'rw' }], known), []);
  assert.deepEqual(findingsOf(line, [{ path: '/dev/kvm', access: 'rw' }], known), [
    which('-device', '/dev/hidraw*'),
  ]);
});

test('a host without sound or a graphics card goes without', () => {
  const line = '-audiodev alsa,id=a -display gtk,gl=on';
  const empty = makeHost({});
  assert.deepEqual(findingsOf(line, [], empty), []);
  assert.deepEqual(pathsOf(line, [], empty), ['/dev/snd/timer device-node rw optional']);
});

for (const line of [
  '-device virtio-gpu-pci,new-file=/x',
  '-object newer,id=n,file=x',
  '-audiodev newer,id=n,path=x',
  '-fsdev newer,id=n,path=x',
  '-tpmdev newer,id=n,path=x',
  '-spice port=1,new=/x',
  '-vnc :0,new=/x',
  '-display newer,x=/y',
]) {
  test(`not understood, so --allow must name it: ${line}`, () => {
    const [finding, ...more] = findingsOf(line);
    assert.match(finding ?? '', /^VP_ARGUMENT_UNKNOWN_PATH -\w+: .* looks like a path of the host/);
    assert.deepEqual(more, []);
  });
}

const huge = 1_000_000;

for (const [what, ...argv] of [
  ['a D-Bus address', '-display', `dbus,addr=${'unix:a,,'.repeat(huge / 8)}`],
  ['D-Bus addresses', '-display', `dbus,addr=${'unix:a;'.repeat(huge / 7)}`],
  ['forwards', '-nic', `user,${'guestfwd=tcp:a:1-null,'.repeat(huge / 22)}`],
  ['a forward', '-nic', `user,guestfwd=tcp:${'-'.repeat(huge)}`],
  ['addresses', '-vnc', 'vnc=unix:/a,'.repeat(huge / 12)],
  ['the same option', ...Array<string[]>(10_000).fill(['-spice', 'port=1']).flat()],
  ['devices', ...Array<string[]>(10_000).fill(['-device', 'vfio-pci,host=1:0.0']).flat()],
  ['properties', '-device', `usb-mtp,${'rootdir=/a,x=/y,'.repeat(huge / 16)}`],
] as const) {
  test(`1 MB of ${what} is answered in time that grows with the size only`, () => {
    const started = process.cpuUsage().user;
    parse(argv, [], host);
    assert.ok(process.cpuUsage().user - started < 5_000_000, 'it took too long');
  });
}
