import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQemuArguments } from '../../../src/runtime/qemu-args/parse.ts';
import { brief, findingsOf, parse, pathsOf, words } from '../../support/qemu-args.ts';

const understood: readonly [line: string, ...paths: readonly string[]][] = [
  ['-S -nodefaults -M none'],
  // Disks by every short name
  ['-hda a -hdb /b -hdc c -hdd d', '/vm/a disk rw', '/b disk rw', '/vm/c disk rw', '/vm/d disk rw'],
  ['-cdrom cd.iso', '/vm/cd.iso disk ro'],
  ['-S disk.img', '/vm/disk.img disk rw'],
  ['--hda a --snapshot', '/vm/a disk ro'],
  ['-hda file:/a,b', '/a,b disk rw'],
  ['-hda host_device:/dev/sdb', '/dev/sdb disk rw'],
  ['-hda nbd:localhost:10809 -cdrom https://host/x.iso -hdb null-co://'],
  // -drive
  ['-drive file=/a,,b,if=virtio,format=raw', '/a,b disk rw'],
  ['-drive file=/a,file=/b,format=raw', '/b disk rw'],
  ['-drive file=/a,media=cdrom', '/a disk ro'],
  ['-drive file=/a,format=raw,readonly=on', '/a disk ro'],
  ['-drive file=/a,format=raw,read-only=yes', '/a disk ro'],
  ['-drive file=/a,format=raw,readonly', '/a disk ro'],
  ['-drive file=/a,format=raw,readonly=off', '/a disk rw'],
  ['-drive file=/a,format=raw,snapshot=on', '/a disk ro'],
  ['-snapshot -drive file=/a,format=raw,snapshot=off -hdb b', '/a disk rw', '/vm/b disk ro'],
  ['-drive file=/a,if=floppy,format=raw', '/a floppy rw'],
  ['-drive file=/a,if=pflash,format=raw,readonly=on', '/a firmware ro'],
  ['-drive file=/a,if=pflash,format=raw', '/a nvram rw'],
  ['-drive file.filename=nbd:x,format=raw,if=none', '/vm/nbd:x disk rw'],
  ['-drive file.driver=host_device,file.filename=/dev/sdb,format=raw', '/dev/sdb disk rw'],
  ['-drive driver=file,filename=/a,if=none', '/a disk rw'],
  ['-drive file=/a,format=raw,file.locking=off,cache.direct=on,serial=a/b', '/a disk rw'],
  ['-drive file=nbd:x,driver=file', '/vm/nbd:x disk rw'],
  ['-drive media=cdrom -drive if=floppy -drive if=none,media=cdrom,file='],
  ['-drive if=none,id=cd,readonly=on -device ide-cd,drive=cd'],
  [
    '-drive file=/a,format=qcow2,backing.driver=raw,backing.file.filename=b',
    '/a disk rw',
    '/vm/b backing ro',
  ],
  // Names that say more than a name
  ['-hda json:{"driver":"raw","file":{"driver":"file","filename":"/a"}}', '/a disk rw'],
  ['-drive file=json:{"file.filename":"/a",,"driver":"qcow2"},if=none', '/a disk rw'],
  ['-hda json:{"file":{"filename":"a:b"},"read-only":true}', '/vm/a:b disk ro'],
  ['-drive file=json:{"driver":"qcow2",,"file":"/x"},file=/b,format=raw', '/b disk rw'],
  ['-drive file=json:{"driver":"qcow2",,"file.filename":"/a"},format=raw', '/a disk rw'],
  [
    '-hdb fat:d -hdc fat:rw:/e -drive file=fat:ro:f,readonly=on,format=raw',
    '/vm/d filesystem ro',
    '/e filesystem rw',
    '/vm/f filesystem ro',
  ],
  [
    '-hda blkdebug:c:nbd:unix:/s -hdb blkdebug::/x',
    '/vm/c config ro',
    '/s socket rw',
    '/x disk rw',
  ],
  ['-hda blkverify:a:b', '/vm/a disk rw', '/vm/b disk rw'],
  ['-drive file=/a,driver=blkdebug,config=/c', '/c config ro', '/a disk rw'],
  ['-hda rbd:pool/image:conf=/c', '/c config ro'],
  // What a machine boots
  [
    '-kernel k -initrd /i,j -append root=/dev/sda',
    '/vm/k kernel ro',
    '/i,j initrd ro optional',
    '/i initrd ro optional',
    '/vm/j initrd ro optional',
  ],
  ['-initrd i', '/vm/i initrd ro'],
  [
    '-initrd a,,b,/c,,,d',
    '/vm/a,,b,/c,,,d initrd ro optional',
    '/vm/a,b initrd ro optional',
    '/c, initrd ro optional',
    '/vm/d initrd ro optional',
  ],
  ['-dtb b.dtb,x -shim /s.efi', '/vm/b.dtb,x dtb ro', '/s.efi kernel ro'],
  [
    '-machine virt,dtb=/d,kernel=/k,initrd=/i,firmware=f,append=/x',
    '/k kernel ro',
    '/i initrd ro',
    '/d dtb ro',
    '/vm/f firmware ro optional',
  ],
  ['-machine virt,dumpdtb=d', '/vm/d config rw created'],
  ['-L fw -L help', '/vm/fw firmware ro optional'],
  [
    '-option-rom r.rom -option-rom romfile=/r,bootindex=1',
    '/vm/r.rom option-rom ro optional',
    '/r option-rom ro',
  ],
  [
    '-acpitable sig=ABCD,data=a:/b -acpitable file=c',
    '/vm/a acpi-table ro',
    '/b acpi-table ro',
    '/vm/c acpi-table ro',
  ],
  ['-smbios file=s,,t -smbios type=11,path=/p,value=/x', '/vm/s,t smbios ro', '/p smbios ro'],
  ['-fw_cfg name=opt/a/b,file=f -fw_cfg opt/a,file=/g', '/vm/f fw-cfg ro', '/g fw-cfg ro'],
  [
    '-boot menu=on,splash=s.jpg -boot splash=/t.jpg',
    '/vm/s.jpg firmware ro optional',
    '/t.jpg firmware ro',
  ],
  ['-icount shift=1,rr=replay,rrfile=r', '/vm/r state ro'],
  ['-icount rr=record,rrfile=/r,rrsnapshot=a', '/r state rw created'],
  ['-trace enable=a*,events=e,file=/t', '/vm/e config ro', '/t log rw created'],
  ['-plugin p.so,arg=1 -plugin file=/q.so', '/vm/p.so config ro', '/q.so config ro'],
  // Memory
  ['-mem-path /dev/hugepages -mem-prealloc', '/dev/hugepages memory rw created'],
  ['-object memory-backend-file,id=m,mem-path=m,size=1G,share=on', '/vm/m memory rw created'],
  [
    '-object {"qom-type":"memory-backend-file","id":"m","mem-path":"/m","readonly":true,"size":1}',
    '/m memory ro',
  ],
  ['-object memory-backend-memfd,id=m,size=1G,hugetlb=on -object memory-backend-ram,id=n,size=1G'],
  ['-object memory-backend-shm,id=m,size=1G', '/dev/shm memory rw'],
  [
    '-object memory-backend-epc,id=m,size=1M',
    '/dev/sgx_vepc device-node rw',
    '/dev/sgx_provision device-node ro optional',
  ],
  // Secrets
  ['-object secret,id=s,file=k,format=base64', '/vm/k secret ro'],
  ['-object secret_keyring,id=s,serial=7 -object rng-builtin,id=r -object rng-egd,id=e,chardev=c'],
  [
    '-object tls-creds-x509,id=t,dir=/pki',
    '/pki/ca-cert.pem secret ro',
    '/pki/client-cert.pem secret ro optional',
    '/pki/client-key.pem secret ro optional',
  ],
  [
    '-object {"qom-type":"tls-creds-psk","id":"t","dir":"psk","endpoint":"server"}',
    '/vm/psk/keys.psk secret ro',
    '/vm/psk/dh-params.pem secret ro optional',
  ],
  [
    '-object tls-creds-anon,id=t,dir=/a,endpoint=server -object tls-creds-anon,id=u',
    '/a/dh-params.pem secret ro optional',
  ],
  // Short names of disks
  ['-blockdev driver=file,filename=/f,node-name=f -device floppy,drive=f', '/f floppy rw'],
  ['-drive id=f,if=none,file=/f,format=raw -device isa-fdc,driveA=f', '/f floppy rw'],
  ['-fda a -fdb /b', '/vm/a floppy rw', '/b floppy rw'],
  ['-sd s,t -mtdblock m -pflash p', '/vm/s,t disk rw', '/vm/m disk rw', '/vm/p nvram rw'],
  ['-snapshot -pflash p', '/vm/p firmware ro'],
  ['-bios b.bin', '/vm/b.bin firmware ro optional'],
  ['-bios ./b.bin', '/vm/b.bin firmware ro'],
  // Character devices
  ['-qmp unix:/q,server=on,wait=off', '/q socket rw created'],
  ['-qmp-pretty unix:q,,x,server,nowait', '/vm/q,x socket rw created'],
  ['-monitor mon:unix:/m', '/m socket rw'],
  ['-serial unix:/s,server=off', '/s socket rw'],
  ['-serial unix:/s,server=on,abstract=on'],
  ['-serial stdio -serial mon:stdio -serial null -serial none -serial vc -serial vc:80Cx24C'],
  ['-qmp chardev:c -serial tcp:h:1,server=on -serial udp::1 -gdb tcp::1234 -debugcon stdio'],
  ['-serial pty -chardev pty,id=p', '/dev/ptmx device-node rw'],
  ['-chardev socket,id=c,path=c,server=on -mon chardev=c,mode=control', '/vm/c socket rw created'],
  ['-chardev socket,id=c,path=/c', '/c socket rw'],
  ['-chardev socket,id=c,host=h,port=1 -chardev stdio,id=d -chardev null,id=e'],
  ['-chardev spiceport,id=d,name=org/x'],
  ['-serial telnet::1,server=on,wait=off -serial udp:h:1@:2 -serial vc,x=y -serial con:'],
  ['-serial file:s,x -monitor mon:file:/m', '/vm/s,x chardev rw created', '/m chardev rw created'],
  ['-debugcon file:/dev/stdout', '/dev/stdout chardev rw'],
  ['-debugcon file:/dev/shm/d -chardev file,id=c', '/dev/shm/d chardev rw created'],
  ['-chardev file,id=c,path=/a,path=c,append=on', '/vm/c chardev rw created'],
  ['-chardev {"id":"c","backend":{"type":"file","data":{"out":"o"}}}', '/vm/o chardev rw created'],
  // As in `-chardev`, the last backend counts.
  ['-serial unix:/s,server=on,backend=file', '/s chardev rw created'],
  ['-serial tcp::1,backend=file,path=/s', '/s chardev rw created'],
  ['-serial tcp::1,backend=pty', '/dev/ptmx device-node rw'],
  // What the process itself writes
  ['-pidfile p,x', '/vm/p,x pidfile rw created'],
  ['-D /l,x -d unimp', '/l,x log rw created'],
  ['-dump-vmstate v -qtest-log q', '/vm/v state rw created', '/vm/q log rw created'],
  ['-writeconfig w -writeconfig - -qtest-log none', '/vm/w config rw created'],
  ['-qtest unix:/q,server=on,wait=off', '/q socket rw created'],
  ['-accel kvm,device=/dev/kvm2', '/dev/kvm2 device-node rw'],
  // Random numbers
  ['-object rng-random,id=r', '/dev/urandom rng ro'],
  ['-object rng-random,id=r,filename=/dev/random', '/dev/random rng ro'],
  ['-object {"qom-type":"rng-random","id":"r","filename":"/dev/hwrng"}', '/dev/hwrng rng ro'],
  ['-object rng-builtin,id=r -object iothread,id=i'],
  [
    '-chardev {"id":"c","backend":{"type":"socket","data":{"addr":{"type":"unix","data":{"path":"/c"}}}}}',
    '/c socket rw created',
  ],
  [
    '-chardev {"id":"c","backend":{"type":"socket","data":{"server":false,"addr":{"type":"unix","data":{"path":"/c"}}}}}',
    '/c socket rw',
  ],
  // Accelerators
  ['-accel kvm', '/dev/kvm device-node rw'],
  ['-enable-kvm', '/dev/kvm device-node rw'],
  ['-M pc,accel=kvm', '/dev/kvm device-node rw'],
  ['-machine q35,accel=kvm:tcg', '/dev/kvm device-node rw optional'],
  ['-accel kvm,kernel-irqchip=split -accel tcg', '/dev/kvm device-node rw optional'],
  ['-enable-kvm -M pc -M accel=tcg'],
  ['-accel tcg'],
  // Nodes that an argument opens without naming them
  ['-netdev tap,id=n,ifname=t0,script=no,downscript=no', '/dev/net/tun device-node rw'],
  [
    '-netdev tap,id=n,vhost=on,script=no,downscript=no',
    '/dev/net/tun device-node rw',
    '/dev/vhost-net device-node rw',
  ],
  ['-device vhost-vsock-pci,guest-cid=3', '/dev/vhost-vsock device-node rw'],
];

for (const [line, ...paths] of understood) {
  test(`understood: ${line}`, () => {
    assert.deepEqual(pathsOf(line), paths);
    assert.deepEqual(
      findingsOf(line).filter((finding) => !finding.startsWith('VP_WARN')),
      [],
    );
  });
}

const byLauncher = 'refused: the launcher does this';
const refused: readonly [line: string, ...findings: readonly string[]][] = [
  ['-runas qemu', `VP_ARGUMENT_REFUSED -runas: ${byLauncher}`],
  ['--daemonize', `VP_ARGUMENT_REFUSED -daemonize: ${byLauncher}`],
  ['-chroot /srv', `VP_ARGUMENT_REFUSED -chroot: ${byLauncher}`],
  [
    '-run-with async-teardown=on,user=qemu',
    'VP_ARGUMENT_REFUSED -run-with: user= is refused: the launcher does this',
  ],
  [
    '-run-with chroot=/srv',
    'VP_ARGUMENT_REFUSED -run-with: chroot= is refused: the launcher does this',
  ],
  ['-run-with async-teardown=on'],
  [
    '-add-fd fd=3,set=1',
    'VP_ARGUMENT_REFUSED -add-fd: a set of descriptors: no descriptor is handed on to QEMU',
  ],
  [
    '-drive file=/dev/fdset/1,format=raw',
    'VP_ARGUMENT_REFUSED -drive: /dev/fdset/1: no descriptor is handed on to QEMU',
  ],
  ['-incoming exec:cat', 'VP_ARGUMENT_REFUSED -incoming: a command of the shell is not understood'],
  [
    '-drive if=virtio,format=raw',
    'VP_ARGUMENT_MALFORMED -drive: there is no file= that says what to open',
  ],
  [
    '-drive if=none,format=raw',
    'VP_ARGUMENT_MALFORMED -drive: there is no file= that says what to open',
  ],
  ['-drive file=', 'VP_ARGUMENT_MALFORMED -drive: there is no file= that says what to open'],
  [
    '-drive file=/a,format=raw,readonly=ON',
    "VP_ARGUMENT_MALFORMED -drive: readonly is on or off, not 'ON'",
  ],
  [
    '-drive file=x:rw:/srv',
    "VP_ARGUMENT_UNKNOWN_PATH -drive: file names that start with 'x:' are not understood",
  ],
  [
    '-drive file=json:{,id=d,if=none -device virtio-blk-pci,drive=d',
    'VP_ARGUMENT_MALFORMED -drive: malformed JSON at character 2: expected a key in quotes',
  ],
  [
    '-drive file=json:{},driver=file',
    "VP_ARGUMENT_MALFORMED -drive: a block node lacks its 'filename'",
  ],
  [
    '-drive file=/a,driver=file,filename=/b',
    "VP_ARGUMENT_MALFORMED -drive: 'file' and 'filename' exclude each other",
  ],
  ['-serial file:', 'VP_ARGUMENT_MALFORMED -serial: the file name is empty'],
  ['-serial unix:path=', 'VP_ARGUMENT_MALFORMED -serial: the file name is empty'],
  ['-drive', 'VP_ARGUMENT_MALFORMED -drive lacks its argument'],
  [
    '-runas x -drive if=ide -blockdev {',
    `VP_ARGUMENT_REFUSED -runas: ${byLauncher}`,
    'VP_ARGUMENT_MALFORMED -drive: there is no file= that says what to open',
    'VP_ARGUMENT_MALFORMED -blockdev: malformed JSON at character 2: expected a key in quotes',
  ],
];

for (const [line, ...findings] of refused) {
  test(`${findings.length > 0 ? 'refused' : 'left alone'}: ${line}`, () => {
    assert.deepEqual(findingsOf(line), findings);
    assert.ok(
      parse(words(line)).findings.every(({ severity, hint }) => severity === 'error' && hint),
    );
  });
}

test('an empty word is a disk without a name', () => {
  const { findings } = parse(['']);
  assert.deepEqual(
    findings.map(({ code, message }) => [code, message]),
    [['VP_ARGUMENT_MALFORMED', 'the image : the file name is empty']],
  );
});

test('name and sandbox, the last ones given', () => {
  const { guestName, sandbox } = parse(
    words('-name a -name guest=b/c,process=p -sandbox on,spawn=deny'),
  );
  assert.deepEqual([guestName, sandbox], ['b/c', 'on,spawn=deny']);
  assert.deepEqual([parse([]).guestName, parse([]).sandbox], [null, null]);
});

test('temporary files are announced where a drive writes to one', () => {
  assert.equal(parse(words('-hda a -snapshot')).hasTemporaryFiles, true);
  assert.equal(parse(words('-drive file=a,snapshot=on')).hasTemporaryFiles, true);
  assert.equal(parse(words('-drive file=a,snapshot=off -snapshot')).hasTemporaryFiles, false);
  assert.equal(parse(words('-blockdev null-co,node-name=n -snapshot')).hasTemporaryFiles, false);
  assert.equal(parse(words('-hda a')).hasTemporaryFiles, false);
});

test('a path is listed once, with the widest access and every argument', () => {
  const argv = words('-kernel /x -drive file=//x,format=raw -cdrom /x --cdrom /x -cdrom /x');
  const images = [{ format: null, hasBacking: false, hasDataFile: false, offset: 0 }];
  assert.deepEqual(parse(argv).paths, [
    {
      path: '/x',
      kind: 'disk',
      access: 'rw',
      shared: false,
      created: false,
      optional: false,
      from: ['-kernel /x', '-drive file=//x,format=raw', '-cdrom /x', '--cdrom /x'],
      images,
    },
  ]);
});

test('a writable image whose format QEMU would guess is warned of', () => {
  const message = (argument: string, path: string) =>
    `VP_WARN_NO_FORMAT ${argument}: ${path} is writable and has no format=, so a guest can make QEMU take it for another format`;
  assert.deepEqual(findingsOf('-hda a b'), [
    message('-hda', '/vm/a'),
    message('the image b', '/vm/b'),
  ]);
  assert.deepEqual(findingsOf('-drive file=/a'), [message('-drive', '/a')]);
  const silent =
    '-cdrom /a -drive file=/a,readonly=on -drive file=/b,snapshot=on -drive file=/c,driver=raw';
  assert.deepEqual(findingsOf(silent), []);
});

test('an emulator called kvm opens KVM of its own accord, if nothing else is said', () => {
  const ask = (emulator: string, line = '') =>
    parseQemuArguments(words(line), { directory: '/', allowed: [], emulator }).paths.map(brief);
  assert.deepEqual(ask('/usr/libexec/qemu-kvm'), ['/dev/kvm device-node rw optional']);
  assert.deepEqual(ask('/usr/libexec/qemu-kvm', '-accel tcg'), []);
  assert.deepEqual(ask('/usr/bin/qemu-system-x86_64'), []);
});

const huge = 1_000_000;
const sizes: readonly [string, readonly string[]][] = [
  [
    '10,000 drives',
    Array.from({ length: 20_000 }, (_, i) => (i % 2 ? `file=/d${i},format=raw` : '-drive')),
  ],
  ['10,000 arguments that name one path', Array(10_000).fill('/disk')],
  ['10,000 unknown paths', Array(10_000).fill(['-new', '/some/where']).flat()],
  ['a path of 1 MB', ['-hda', '/a'.repeat(huge / 2)]],
  ['a drive with 1 MB of commas', ['-drive', ','.repeat(huge)]],
  ['a drive with 200,000 keys', ['-drive', 'a=b,c/d,'.repeat(huge / 8)]],
  ['a dotted key of 1 MB', ['-drive', `${'a.'.repeat(huge / 2)}=x`]],
  ['many deep keys', ['-blockdev', `raw,${`${'a.'.repeat(1000)}b=x,`.repeat(500)}`]],
  ['JSON of 1 MB', ['-blockdev', `{"driver":"raw","x":[${'"/",'.repeat(huge / 4)}"/"]}`]],
  ['JSON nested too deep', ['-blockdev', '{"file":'.repeat(huge / 8)]],
  [
    'JSON nested as deep as may be',
    ['-blockdev', `${'{"driver":"raw","file":'.repeat(1023)}${'{}'.padEnd(1025, '}')}`],
  ],
  ['an option name of 1 MB', [`-${'x'.repeat(huge)}`, 'x/y']],
  ['a name of 100,000 prefixes', ['-hda', `${'blkdebug::'.repeat(huge / 10)}/a`]],
  ['a name of 1 MB of colons', ['-hda', `rbd:${':'.repeat(huge)}conf=/c`]],
  ['a name of 1 MB of escapes', ['-hda', `rbd:${'\\\\'.repeat(huge / 2)}:conf=/c`]],
  ['a JSON name of 1 MB', ['-hda', `json:{"driver":"raw","x":[${'"/",'.repeat(huge / 4)}"/"]}`]],
  ['a JSON name of deep keys', ['-hda', `json:{${deepKeys(500)}"driver":"raw"}`]],
  [
    'a quorum of 50,000 files',
    ['-hda', `json:{"driver":"quorum","children":[${quorumWords(50_000)}]}`],
  ],
  ['modules of 1 MB', ['-initrd', 'a,'.repeat(huge / 2)]],
  ['tables of 1 MB', ['-acpitable', `data=${'a:'.repeat(huge / 2)}`]],
  ['10,000 changes of one drive', ['-drive', 'id=d,file=/a,format=raw', ...setWords(10_000)]],
  ['images in slices of slices', sliceWords(40)],
  ['a chain of 5,000 nodes', Array.from({ length: 10_000 }, (_, i) => chainWord(i))],
];

function deepKeys(count: number): string {
  return Array.from({ length: count }, (_, i) => `"${'a.'.repeat(900)}${i}":1,`).join('');
}

function quorumWords(count: number): string {
  return Array.from({ length: count }, (_, i) => `{"driver":"file","filename":"/${i}"}`).join();
}

function setWords(count: number): string[] {
  return Array.from({ length: count }, (_, i) => ['-set', `drive.d.serial=${i}`]).flat();
}

/** Each step doubles the ways to the file below. */
function sliceWords(steps: number): string[] {
  const raw = (i: number, offset: number) =>
    `driver=raw,node-name=r${i}-${offset},file=q${i},offset=${offset + 2 ** i}`;
  const quorum = (i: number) =>
    `driver=quorum,node-name=q${i + 1},children.0=r${i}-0,children.1=r${i}-1`;
  const nodes = Array.from({ length: steps }, (_, i) => [raw(i, 0), raw(i, 1), quorum(i)]).flat();
  const top = `driver=qcow2,node-name=top,file=q${steps}`;
  return ['driver=file,filename=/f,node-name=q0', ...nodes, top].flatMap((node) => [
    '-blockdev',
    node,
  ]);
}

function chainWord(index: number): string {
  if (index % 2 === 0) return '-blockdev';
  const node = (index - 1) / 2;
  return node === 0
    ? 'driver=file,filename=/f,node-name=n0'
    : `driver=raw,file=n${node - 1},node-name=n${node}`;
}

for (const [what, argv] of sizes) {
  test(`${what}: answered in time that grows with the size only`, () => {
    const started = process.cpuUsage().user;
    const { paths, findings } = parse(argv, [{ path: '/allowed', access: 'rw' }]);
    assert.ok(paths.length + findings.length > 0, 'something is said');
    assert.ok(process.cpuUsage().user - started < 5_000_000, 'it took too long');
    const isLong = findings.some(({ message }) => message.length > 5000);
    assert.ok(!isLong, 'a message quotes no more than one path');
  });
}
