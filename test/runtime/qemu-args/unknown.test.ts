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
  ['-readconfig c', '-readconfig', 'c', '/vm/c'],
  ['-global virtio-net-pci.romfile=r', '-global', 'virtio-net-pci.romfile=r', '/vm/r'],
  [
    '-global driver=e1000,property=romfile,value=x.rom',
    '-global',
    'e1000.romfile=x.rom',
    '/vm/x.rom',
  ],
  ['-global driver=new,property=any,value=./x', '-global', 'new.any=./x', '/vm/x'],
  ['-global ipmi-bmc-sim.sdrfile=s', '-global', 'ipmi-bmc-sim.sdrfile=s', '/vm/s'],
  ['-global u2f-emulated.cert=c', '-global', 'u2f-emulated.cert=c', '/vm/c'],
  ['-object new,id=o,sdrfile=f', '-object', 'sdrfile=f', '/vm/f'],
  ['-object new,id=o,file=f', '-object', 'file=f', '/vm/f'],
  ['-object new,id=o,text=unix:s', '-object', 'text=unix:s', '/vm/s'],
  ['-object {"qom-type":"new","id":"o","deep":{"path":"p"}}', '-object', 'deep.path=p', '/vm/p'],
  [
    '-object rng-random,qom-type=new,id=r,filename=/dev/urandom',
    '-object',
    'filename=/dev/urandom',
    '/dev/urandom',
  ],
  ['-device new,any=/x', '-device', 'any=/x', '/x'],
  ['-device virtio-net-pci,romfile=,any=a/b', '-device', 'any=a/b', '/vm/a/b'],
  ['-machine pc,new=/x', '-machine', 'new=/x', '/x'],
  ['-accel tcg,device=/x', '-accel', 'device=/x', '/x'],
  ['-plugin file=/dev/null,out=/x', '-plugin', 'out=/x', '/x'],
  ['-trace enable=a/b,new=e/f', '-trace', 'new=e/f', '/vm/e/f'],
  ['-acpitable sig=a/b', '-acpitable', 'sig=a/b', '/vm/a/b'],
  ['-netdev new,id=n,path=p', '-netdev', 'path=p', '/vm/p'],
  ['-netdev user,id=n,hostfwd=unix:h', '-netdev', 'hostfwd=unix:h', '/vm/h'],
  ['-run-with new=/x', '-run-with', 'new=/x', '/x'],
  ['-new-option a,unix:n', '-new-option', 'unix:n', '/vm/n'],
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
  '-append root=/dev/sda,file=/x -kernel /k -machine pc,append=/x',
  '-name guest=/a/b -uuid x/y -loadvm a/b',
  '-cpu host,x=a/b -m size=1/2 -smp 1/2 -rtc base=2026/01/01',
  '-netdev user,id=n,net=10.0.0.0/24,ipv6-net=fd00::/64,host=10.0.0.2,dns=10.0.0.3',
  '-nic user,hostfwd=tcp::22-:22,bootfile=/pxelinux.0 -net user,dhcpstart=10.0.0.9/1',
  '-smbios type=1,product=a/b,serial=c/d -smbios type=0,date=01/02/2026',
  '-fw_cfg name=opt/org.x/y,string=/text -fw_cfg opt/a/b,string=x',
  '-prom-env boot-device=/pci/ide -prom-env x=/y',
  '-boot order=c,menu=on,once=d -vnc :0 -vnc localhost:1,password=on',
  '-object authz-list,id=a,policy=deny,rules.0.match=CN=a/b,rules.0.policy=allow',
  '-device scsi-hd,drive=,device_id=a/b -object can-host-socketcan,id=c,canbus=b,if=can/0',
  '-object secret,id=s,data=a/b==,format=base64 -object {"qom-type":"secret","id":"t","data":"/x"}',
  '-device virtio-net-pci,mac=52:54:00:00:00:01,addr=0x3.0 -device usb-tablet,serial=a/b',
  '-device virtio-9p-pci,fsdev=f,mount_tag=a/b -device virtio-net-pci,romfile=',
  '-chardev spicevmc,id=c,name=a/b -mon chardev=m -semihosting-config arg=/bin/x',
  '-iscsi initiator-name=iqn/x -trace enable=a/b -d unimp,guest_errors -k en-us',
  '-netdev vhost-user,id=n,chardev=c -new-option x,y=z -newer -incoming tcp:0:4444 -incoming defer',
  '-global usb-redir.filter=a/b -global e1000.romfile= -global driver=e1000,property=romfile,value= -global x',
  '-netdev user,id=n -set netdev.n.net=10.0.0.0/8 -global PIIX4_PM.disable_s3=1 -vga std -display none -usb',
];

for (const line of harmless) {
  test(`left alone: ${line}`, () => assert.deepEqual(findingsOf(line), []));
}

test('a file that QEMU makes is marked so, if it may be written', () => {
  assert.deepEqual(pathsOf('-D /run/d-%d -readconfig /run/c', [{ path: '/run', access: 'rw' }]), [
    '/run/c config rw',
    '/run/d-%d log rw created',
  ]);
  assert.deepEqual(pathsOf('-D /run/d-%d', [{ path: '/run', access: 'ro' }]), ['/run/d-%d log ro']);
});

test('--allow covers no way out of its directory', () => {
  const allowed = [{ path: '/srv', access: 'rw' }] as const;
  const [finding] = parse(['-readconfig', '/srv/a/../../etc/x'], allowed).findings;
  assert.equal(finding?.code, 'VP_ARGUMENT_UNKNOWN_PATH');
  assert.equal(
    finding?.hint,
    'write it without `..`, since links on the way decide where that leads',
  );
  assert.equal(findingsOf('-readconfig /srvx/a', allowed).length, 1);
  assert.deepEqual(findingsOf('-readconfig ../srv/a', allowed), []);
});

test('malformed JSON of an option that takes JSON is said', () => {
  assert.deepEqual(findingsOf('-object {"qom-type"}'), [
    "VP_ARGUMENT_MALFORMED -object: malformed JSON at character 12: expected ':'",
  ]);
});
