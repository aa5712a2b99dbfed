import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, findingsOf, parse, pathsOf, words } from '../../support/qemu-args.ts';

/** Each line names one thing that looks like a path: the option and the part that a message quotes. */
const suspects: readonly [
  line: string,
  option: string,
  part: string,
  path: string,
  kind?: string,
][] = [
  ['-D log-%d', '-D', 'log-%d', '/vm/log-%d', 'log'],
  ['-L fw', '-L', 'fw', '/vm/fw'],
  ['--dtb board.dtb', '-dtb', 'board.dtb', '/vm/board.dtb'],
  ['-shim s', '-shim', 's', '/vm/s'],
  ['-readconfig c', '-readconfig', 'c', '/vm/c'],
  ['-pflash code.fd', '-pflash', 'code.fd', '/vm/code.fd'],
  ['-fda a.img', '-fda', 'a.img', '/vm/a.img'],
  ['-sd s.img', '-sd', 's.img', '/vm/s.img'],
  ['-mtdblock m', '-mtdblock', 'm', '/vm/m'],
  ['-mem-path /dev/hugepages', '-mem-path', '/dev/hugepages', '/dev/hugepages'],
  ['-option-rom rom.bin', '-option-rom', 'romfile=rom.bin', '/vm/rom.bin'],
  ['-acpitable sig=ABCD,file=t.aml', '-acpitable', 'file=t.aml', '/vm/t.aml'],
  ['-acpitable data=t.aml', '-acpitable', 'data=t.aml', '/vm/t.aml'],
  ['-smbios file=s', '-smbios', 'file=s', '/vm/s'],
  ['-smbios type=11,path=s', '-smbios', 'path=s', '/vm/s'],
  ['-fw_cfg name=opt/a,file=f', '-fw_cfg', 'file=f', '/vm/f'],
  ['-boot menu=on,splash=s.jpg', '-boot', 'splash=s.jpg', '/vm/s.jpg'],
  ['-icount shift=1,rrfile=r', '-icount', 'rrfile=r', '/vm/r'],
  ['-trace enable=a/b,events=e', '-trace', 'events=e', '/vm/e'],
  ['-plugin ./p.so,arg=1', '-plugin', 'file=./p.so', '/vm/p.so'],
  ['-netdev user,id=n,tftp=t', '-netdev', 'tftp=t', '/vm/t'],
  ['-nic user,smb=s', '-nic', 'smb=s', '/vm/s'],
  ['-netdev stream,id=n,addr.type=unix,addr.path=s', '-netdev', 'addr.path=s', '/vm/s'],
  [
    '-netdev user,id=n,guestfwd=tcp:1.2.3.4:5-unix:/s',
    '-netdev',
    'guestfwd=tcp:1.2.3.4:5-unix:/s',
    '/vm/tcp:1.2.3.4:5-unix:/s',
  ],
  ['-object secret,id=s,file=k', '-object', 'file=k', '/vm/k'],
  [
    '-object {"qom-type":"memory-backend-file","id":"m","mem-path":"/m","size":1}',
    '-object',
    'mem-path=/m',
    '/m',
  ],
  ['-object rng-random,id=r,filename=/dev/sda', '-object', 'filename=/dev/sda', '/dev/sda'],
  [
    '-object rng-random,qom-type=secret,id=r,filename=/dev/urandom',
    '-object',
    'filename=/dev/urandom',
    '/dev/urandom',
  ],
  ['-object tls-creds-x509,id=t,dir=tls', '-object', 'dir=tls', '/vm/tls'],
  ['-object input-linux,id=i,evdev=e', '-object', 'evdev=e', '/vm/e'],
  ['-device virtio-net-pci,romfile=r', '-device', 'romfile=r', '/vm/r'],
  [
    '-device {"driver":"usb-host","hostdevice":"/dev/bus/usb/001/002"}',
    '-device',
    'hostdevice=/dev/bus/usb/001/002',
    '/dev/bus/usb/001/002',
  ],
  ['-device vfio-pci,fd=3,sysfsdev=/sys/x', '-device', 'sysfsdev=/sys/x', '/sys/x'],
  ['-device loader,file=k', '-device', 'file=k', '/vm/k'],
  ['-global virtio-net-pci.romfile=r', '-global', 'virtio-net-pci.romfile=r', '/vm/r'],
  ['-machine pc,dtb=d', '-machine', 'dtb=d', '/vm/d'],
  ['-accel kvm,device=/dev/kvm2', '-accel', 'device=/dev/kvm2', '/dev/kvm2'],
  ['-fsdev local,id=f,path=p,security_model=none', '-fsdev', 'path=p', '/vm/p'],
  ['-virtfs local,mount_tag=a/b,path=/p', '-virtfs', 'path=/p', '/p'],
  ['-vnc unix:/v,to=9', '-vnc', 'unix:/v', '/v', 'socket'],
  ['-vnc unix:v', '-vnc', 'unix:v', '/vm/v', 'socket'],
  ['-vnc vnc=unix:v', '-vnc', 'vnc=unix:v', '/vm/v', 'socket'],
  ['-display vnc=unix:v', '-display', 'vnc=unix:v', '/vm/v', 'socket'],
  ['-netdev user,id=n,hostfwd=unix:h', '-netdev', 'hostfwd=unix:h', '/vm/h'],
  ['-new-option a,unix:n', '-new-option', 'unix:n', '/vm/n'],
  [
    '-display egl-headless,rendernode=/dev/dri/renderD128',
    '-display',
    'rendernode=/dev/dri/renderD128',
    '/dev/dri/renderD128',
  ],
  ['-audiodev wav,id=a,path=a.wav', '-audiodev', 'path=a.wav', '/vm/a.wav'],
  ['-incoming unix:/i', '-incoming', 'unix:/i', '/i', 'socket'],
  ['-incoming unix:a=b,c', '-incoming', 'unix:a=b,c', '/vm/a=b,c', 'socket'],
  ['-incoming file:i', '-incoming', 'file:i', '/vm/i'],
  ['-chardev pipe,id=c,path=c', '-chardev', 'path=c', '/vm/c'],
  ['-chardev pty,id=c,path=c', '-chardev', 'path=c', '/vm/c', 'chardev'],
  ['-chardev file,id=c,path=c,input-path=i', '-chardev', 'input-path=i', '/vm/i'],
  ['-chardev stdio,id=c,logfile=l', '-chardev', 'logfile=l', '/vm/l', 'log'],
  ['-chardev file,id=c,path=c,logfile=l', '-chardev', 'logfile=l', '/vm/l', 'log'],
  [
    '-chardev {"id":"c","backend":{"type":"pipe","data":{"device":"p"}}}',
    '-chardev',
    'device=p',
    '/vm/p',
  ],
  ['-serial tcp::1,backend=file,path=/o,input-path=i', '-serial', 'input-path=i', '/vm/i'],
  ['-serial pipe:p', '-serial', 'path=p', '/vm/p'],
  ['-serial pty:p', '-serial', 'path=p', '/vm/p', 'chardev'],
  ['-serial tcp::1,server=on,logfile=l', '-serial', 'logfile=l', '/vm/l', 'log'],
  ['-monitor telnet:h:1,server=on,logfile=/l', '-monitor', 'logfile=/l', '/l', 'log'],
  ['-gdb tn3270::1,logfile=l', '-gdb', 'logfile=l', '/vm/l', 'log'],
  ['-qmp mon:websocket::1,logfile=l', '-qmp', 'logfile=l', '/vm/l', 'log'],
  ['-serial tcp:h,x=y:1,,logfile=l', '-serial', 'logfile=l', '/vm/l', 'log'],
  ['-serial udp:h:1@:2,logfile=l', '-serial', 'logfile=l', '/vm/l', 'log'],
  ['-serial mon:stdio,logfile=l', '-serial', 'logfile=l', '/vm/l', 'log'],
  ['-serial pty,logfile=l', '-serial', 'logfile=l', '/vm/l', 'log'],
  ['-serial null,logfile=l', '-serial', 'logfile=l', '/vm/l', 'log'],
  ['-serial vc:80Cx24C,logfile=l', '-serial', 'logfile=l', '/vm/l', 'log'],
  ['-parallel /dev/parport0', '-parallel', '/dev/parport0', '/dev/parport0'],
  ['-monitor unix:/m,server=on,logfile=l', '-monitor', 'logfile=l', '/vm/l', 'log'],
  ['-new-option a,b=/x', '-new-option', 'b=/x', '/x'],
  ['-new-option a,/x', '-new-option', '/x', '/x'],
  ['-new-option a,no/x', '-new-option', '/x', '/x'],
];

for (const [line, option, part, path, kind = 'config'] of suspects) {
  test(`needs --allow: ${line}`, () => {
    const { findings } = parse(words(line));
    const [finding] = findings.filter(({ path: named }) => named === path);
    assert.deepEqual(finding, {
      code: 'VP_ARGUMENT_UNKNOWN_PATH',
      severity: 'error',
      path,
      message: `${option}: ${part} looks like a path of the host and is not understood yet`,
      hint: `if QEMU may use it, add --allow ${path} or --allow ${path}:rw before the --`,
    });
    const after = parse(words(line), [{ path: '/', access: 'ro' }]);
    assert.deepEqual(after.findings, []);
    assert.ok(after.paths.map(brief).includes(`${path} ${kind} ro`));
  });
}

const harmless: readonly string[] = [
  '-append root=/dev/sda,file=/x -kernel /k',
  '-name guest=/a/b -uuid x/y -loadvm a/b',
  '-cpu host,x=a/b -m size=1/2 -smp 1/2 -rtc base=2026/01/01',
  '-netdev user,id=n,net=10.0.0.0/24,ipv6-net=fd00::/64,host=10.0.0.2,dns=10.0.0.3',
  '-nic user,hostfwd=tcp::22-:22,bootfile=/pxelinux.0 -net user,dhcpstart=10.0.0.9/1',
  '-netdev user,id=n,guestfwd=tcp:10.0.2.100:80-cmd:/bin/cat',
  '-smbios type=1,product=a/b,serial=c/d -smbios type=0,date=01/02/2026',
  '-fw_cfg name=opt/org.x/y,string=/text -fw_cfg opt/a/b,string=x',
  '-prom-env boot-device=/pci/ide -prom-env x=/y',
  '-boot order=c,menu=on,once=d -vnc :0 -vnc localhost:1,password=on',
  '-object secret,id=s,data=a/b==,format=base64 -object {"qom-type":"secret","id":"t","data":"/x"}',
  '-device virtio-net-pci,mac=52:54:00:00:00:01,addr=0x3.0 -device usb-tablet,serial=a/b',
  '-device virtio-9p-pci,fsdev=f,mount_tag=a/b -device virtio-net-pci,romfile=',
  '-chardev spicevmc,id=c,name=a/b -mon chardev=m -semihosting-config arg=/bin/x',
  '-iscsi initiator-name=iqn/x -trace enable=a/b -d unimp,guest_errors -k en-us',
  '-netdev vhost-user,id=n,chardev=c -new-option x,y=z -newer -incoming tcp:0:4444 -incoming defer',
  '-set netdev.n.ifname=t0 -global PIIX4_PM.disable_s3=1 -vga std -display none -usb',
];

for (const line of harmless) {
  test(`left alone: ${line}`, () => assert.deepEqual(findingsOf(line), []));
}

const hidden: readonly [line: string, option: string, path: string][] = [
  ['-device vfio-pci,host=0000:01:00.0', '-device', '/dev/vfio'],
  ['-device {"driver":"vfio-pci","host":"01:00.0"}', '-device', '/dev/vfio'],
  ['-device usb-host,vendorid=1,productid=2', '-device', '/dev/bus/usb'],
  ['-tpmdev passthrough,id=t', '-tpmdev', '/dev/tpm0'],
];

for (const [line, option, path] of hidden) {
  test(`opens what it does not name: ${line}`, () => {
    assert.deepEqual(findingsOf(line), [
      `VP_ARGUMENT_UNKNOWN_PATH ${option} opens something in ${path}, and what is not understood yet`,
    ]);
    assert.deepEqual(findingsOf(line, [{ path: `${path}/12`, access: 'rw' }]), []);
    assert.deepEqual(findingsOf(line, [{ path: '/dev', access: 'rw' }]), []);
  });
}

test('a file that QEMU makes is marked so, if it may be written', () => {
  const line =
    '-D /run/d-%d -serial tcp::1,logfile=/run/l -vnc unix:/run/v -dump-vmstate /run/s -readconfig /run/c';
  assert.deepEqual(pathsOf(line, [{ path: '/run', access: 'rw' }]), [
    '/run/d-%d log rw created',
    '/run/l log rw created',
    '/run/v socket rw created',
    '/run/s config rw created',
    '/run/c config rw',
  ]);
  assert.deepEqual(pathsOf('-vnc unix:/run/v', [{ path: '/run', access: 'ro' }]), [
    '/run/v socket ro',
  ]);
});

test('--allow covers no way out of its directory', () => {
  const allowed = [{ path: '/srv', access: 'rw' }] as const;
  const [finding] = parse(['-dtb', '/srv/a/../../etc/x'], allowed).findings;
  assert.equal(finding?.code, 'VP_ARGUMENT_UNKNOWN_PATH');
  assert.equal(
    finding?.hint,
    'write it without `..`, since links on the way decide where that leads',
  );
  assert.equal(findingsOf('-dtb /srvx/a', allowed).length, 1);
  assert.deepEqual(findingsOf('-dtb ../srv/a', allowed), []);
});

test('malformed JSON of an option that takes JSON is said', () => {
  assert.deepEqual(findingsOf('-object {"qom-type"}'), [
    "VP_ARGUMENT_MALFORMED -object: malformed JSON at character 12: expected ':'",
  ]);
});
