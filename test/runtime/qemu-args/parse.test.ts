import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQemuArguments } from '../../../src/runtime/qemu-args/parse.ts';
import { brief, findingsOf, parse, testUnderstood, words } from '../../support/qemu-args.ts';

testUnderstood([
  ['-S -nodefaults -M none'],
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
]);

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
    '-drive file=/dev/fdset/1,format=raw',
    'VP_ARGUMENT_REFUSED -drive file=/dev/fdset/1,format=raw: /dev/fdset/1 is a set that no -add-fd fills',
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
