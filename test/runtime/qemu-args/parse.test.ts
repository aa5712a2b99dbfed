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
  [
    '-drive file=/a,format=qcow2,backing.driver=raw,backing.file.filename=b',
    '/a disk rw',
    '/vm/b backing ro',
  ],
  // What a machine boots
  ['-kernel k -initrd /i,j -append root=/dev/sda', '/vm/k kernel ro', '/i,j initrd ro'],
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
  ['-chardev socket,id=c,fd=3 -chardev spiceport,id=d,name=org/x'],
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
  ['-netdev {"type":"tap","id":"n","fd":"3"}'],
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
    'VP_ARGUMENT_REFUSED -add-fd: a descriptor set is not understood yet: no descriptor is handed on to QEMU',
  ],
  [
    '-drive file=/dev/fdset/1,format=raw',
    'VP_ARGUMENT_REFUSED -drive: /dev/fdset/1 is not understood yet: no descriptor is handed on to QEMU',
  ],
  [
    '-set drive.d.file=/x',
    'VP_ARGUMENT_REFUSED -set: changes to other options are not understood yet',
  ],
  ['-incoming exec:cat', 'VP_ARGUMENT_REFUSED -incoming: a command of the shell is not understood'],
  [
    '-drive if=virtio,format=raw',
    'VP_ARGUMENT_MALFORMED -drive: there is no file= that says what to open',
  ],
  ['-drive file=', 'VP_ARGUMENT_MALFORMED -drive: there is no file= that says what to open'],
  [
    '-drive file=/a,format=raw,readonly=ON',
    "VP_ARGUMENT_MALFORMED -drive: readonly is on or off, not 'ON'",
  ],
  [
    '-drive file=fat:rw:/srv',
    "VP_ARGUMENT_UNKNOWN_PATH -drive: file names that start with 'fat:' are not understood",
  ],
  [
    '-drive file=json:{"driver":"raw","file":{"driver":"file","filename":"/x"}},id=d,if=none -device virtio-blk-pci,drive=d',
    "VP_ARGUMENT_UNKNOWN_PATH -drive: file names that start with 'json:' are not understood",
  ],
  [
    '-drive file=json:{},driver=file',
    "VP_ARGUMENT_UNKNOWN_PATH -drive: file names that start with 'json:' are not understood",
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
  assert.deepEqual(parse(argv).paths, [
    {
      path: '/x',
      kind: 'disk',
      access: 'rw',
      shared: false,
      created: false,
      optional: false,
      from: ['-kernel /x', '-drive file=//x,format=raw', '-cdrom /x', '--cdrom /x'],
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
  ['a chain of 5,000 nodes', Array.from({ length: 10_000 }, (_, i) => chainWord(i))],
];

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
