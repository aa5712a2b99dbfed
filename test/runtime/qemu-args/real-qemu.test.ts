import { mkdirSync, writeFileSync } from 'node:fs';
import {
  createImage,
  makeKernel,
  makeMultibootKernel,
  makeRawImages,
} from '../../support/qemu-files.ts';
import { type Shape, testShapes } from '../../support/qemu-trace.ts';

const node = (name: string, more = '') =>
  `-blockdev driver=file,filename=${name},node-name=f-${name}${more}`;
const auto = ',auto-read-only=on';

/** The more different ones first: the short run takes those only. */
const shapes: readonly Shape[] = [
  {
    line: '-fda a.raw -drive if=pflash,unit=0,file=bios.bin,format=raw,readonly=on -drive if=pflash,unit=1,file=vars,format=raw -hdb json:{"driver":"raw","file":{"driver":"file","filename":"b.raw"}}',
  },
  {
    line: '-readconfig vm.conf -drive if=virtio,id=set,format=raw, -set drive.set.file=a.raw -L .',
  },
  {
    line: '-acpitable sig=ABCD,data=t1.aml:t2.aml -fw_cfg name=opt/a/b,file=a.raw -boot menu=on,splash=s.jpg -option-rom rom.bin -device virtio-net-pci,romfile=./rom.bin -device loader,file=b.raw,addr=0x100000,force-raw=on',
  },
  {
    line: '-m 64 -object memory-backend-file,id=ram,size=64M,mem-path=ram.bin,share=on -M pc,memory-backend=ram,nvdimm=on -object {"qom-type":"memory-backend-file","id":"ro","size":1048576,"mem-path":"a.raw","readonly":true} -object memory-backend-memfd,id=fd,size=1M',
  },
  { line: '-drive file=blkdebug:debug.conf:a.raw,format=raw,if=virtio -hda blkverify:b.raw:vars' },
  { line: '-hda fat:rw:tree -drive if=none,id=r,file=fat:ro,readonly=on,format=raw', isIdle: true },
  { line: '-hda a.raw -cdrom b.raw' },
  { line: '-snapshot a.raw' },
  {
    line: '-drive file=co,,mma.raw,if=virtio,format=raw --drive file=b.raw,if=ide,format=raw,readonly=off',
  },
  { line: '-drive file=a.raw,format=raw,if=virtio,readonly=on' },
  { line: '-drive if=none,id=d,file=file:a.raw -device ide-cd,drive=d' },
  {
    line: [
      '-blockdev {"driver":"file","filename":"base.qcow2","node-name":"s2","auto-read-only":true}',
      '-blockdev {"node-name":"f2","read-only":true,"driver":"qcow2","file":"s2","backing":null}',
      "-blockdev {'driver':'file','filename':'top.qcow2','node-name':'s1','auto-read-only':true}",
      '-blockdev {"node-name":"f1","read-only":false,"driver":"qcow2","file":"s1","backing":"f2"}',
      '-device {"driver":"virtio-blk-pci","drive":"f1","id":"disk0","share-rw":true}',
    ].join(' '),
  },
  { line: `${node('a.qcow2')} -blockdev driver=qcow2,file=f-a.qcow2,node-name=q,read-only=on` },
  {
    line: `${node('base.qcow2', auto)} -blockdev driver=qcow2,file=f-base.qcow2,node-name=b ${node('top.qcow2', auto)} -blockdev driver=qcow2,file=f-top.qcow2,node-name=t,backing=b`,
  },
  {
    line: '-blockdev qcow2,node-name=t,file.driver=file,file.filename=top.qcow2,backing.driver=qcow2,backing.file.driver=file,backing.file.filename=base.qcow2',
  },
  {
    line: '-chardev socket,id=c,path=c.sock,server=on,wait=off -mon chardev=c -serial unix:s.sock,server,nowait -monitor unix:./m.sock,server=on,wait=off',
  },
  { line: '-chardev socket,id=c,path=listening.sock -device isa-serial,chardev=c' },
  { line: '-kernel kernel -initrd b.raw -append file=/etc/passwd' },
  { line: '-bios bios.bin -accel kvm -accel tcg' },
  {
    line: `-M q35,pflash0=f-bios.bin,pflash1=f-vars ${node('bios.bin', ',read-only=on')} ${node('vars')}`,
  },
  {
    line: '-pidfile vm.pid -D vm.log -d unimp -serial file:se,rial.log -chardev file,id=c,path=c.log -debugcon file:vars',
  },
  {
    line: '-serial tcp::0,server=on,wait=off,logfile=s.log -monitor mon:telnet::0,server=on,wait=off,logfile=m.log -parallel unix:p.log,server=on,wait=off,backend=file -vnc unix:vnc.sock -smbios file=smbios.bin',
    allow: ['.'],
  },
  {
    line: '-object rng-random,id=r -object {"qom-type":"rng-random","id":"s","filename":"/dev/random"}',
  },
  {
    line: '-chardev socket,id=c,path=nobody.sock,reconnect=5 -smbios type=11,path=key,path=debug.conf',
  },
  // The long run's
  { line: '-chardev socket,id=c,path=listening.sock,reconnect=5 -acpitable t1.aml' },
  {
    line: '-object secret,id=k,file=key,format=raw -blockdev driver=luks,node-name=l,key-secret=k,file.driver=file,file.filename=a.luks -object tls-creds-psk,id=t,endpoint=server,dir=psk',
  },
  { line: '-snapshot -fdb a.raw -pflash vars' },
  {
    line: '-drive if=none,id=d,file=fat:floppy:tree,readonly=on,format=raw -device ide-cd,drive=d',
  },
  { line: '-drive if=virtio,file=json:{"file.filename":"a.raw",,"driver":"raw"}' },
  { line: '-hda json:{"file":{"filename":"a.raw"},"driver":"raw","read-only":true}' },
  { line: '-cdrom json:{"file":{"filename":"a.raw"},"driver":"raw","read-only":false}' },
  {
    line: '-drive if=none,id=d,file=json:{"driver":"raw",,"file.filename":"a.raw",,"auto-read-only":false} -device ide-cd,drive=d',
  },
  {
    line: '-drive if=none,id=d,file=a.raw,format=raw,auto-read-only=off -device ide-cd,drive=d',
  },
  {
    line: '-drive if=virtio,format=raw,file=json:{"driver":"qcow2",,"file":{"driver":"file",,"filename":"a.raw"}}',
  },
  { line: '-drive if=virtio,driver=blkdebug,file=a.qcow2,config=debug.conf' },
  { line: '-hda blkdebug::a.qcow2 -hdb file:b.raw' },
  {
    line: `${node('a.raw', auto)} ${node('b.raw', auto)} -blockdev driver=quorum,node-name=q,vote-threshold=2,children.0=f-a.raw,children.1=f-b.raw -device virtio-scsi-pci,id=s -device scsi-cd,drive=q,bus=s.0`,
  },
  {
    line: '-blockdev {"driver":"quorum","node-name":"q","vote-threshold":1,"children":[{"driver":"raw","file":{"driver":"file","filename":"a.raw"}},{"driver":"file","filename":"b.raw"}]} -device virtio-blk-pci,drive=q',
  },
  {
    line: `${node('a.raw', auto)} ${node('b.raw', auto)} -blockdev driver=blkverify,raw=f-a.raw,test=f-b.raw,node-name=v -device virtio-scsi-pci,id=s -device scsi-cd,drive=v,bus=s.0`,
  },
  {
    line: `${node('a.raw', auto)} ${node('vars', auto)} -blockdev driver=blklogwrites,file=f-a.raw,log=f-vars,node-name=w -device virtio-scsi-pci,id=s -device scsi-cd,drive=w,bus=s.0`,
  },
  {
    line: `${node('a.raw', auto)} ${node('a.qcow2', auto)} -blockdev driver=qcow2,file=f-a.qcow2,node-name=t -blockdev driver=copy-before-write,file=f-a.raw,target=t,node-name=c -device virtio-scsi-pci,id=s -device scsi-cd,drive=c,bus=s.0`,
  },
  {
    line: `${node('a.raw', auto)} -blockdev {"driver":"blkdebug","image":"f-a.raw","node-name":"d","take-child-perms":["write"]} -device virtio-scsi-pci,id=s -device scsi-cd,drive=d,bus=s.0`,
  },
  {
    line: `${node('a.raw', auto)} -blockdev driver=preallocate,file=f-a.raw,node-name=p -device virtio-scsi-pci,id=s -device scsi-cd,drive=p,bus=s.0`,
  },
  {
    line: `${node('a.raw', auto)} -blockdev driver=raw,file=f-a.raw,node-name=r,offset=4096,size=65536 -device virtio-blk-pci,drive=r,share-rw=on`,
  },
  {
    line: `-object secret,id=k,file=key ${node('a.luks', auto)} -blockdev driver=luks,key-secret=k,file=f-a.luks,node-name=l -device virtio-scsi-pci,id=s -device scsi-cd,drive=l,bus=s.0`,
  },
  { line: '-blockdev vvfat,dir=tree,node-name=v,read-only=on' },
  { line: '-m 64 -mem-path . -mem-prealloc', allow: ['.'] },
  { line: '-m 64 -mem-path a.ram' },
  { line: '-M pc,kernel=kernel,initrd=b.raw' },
  { line: '-kernel multiboot -initrd a.raw' },
  { line: '-kernel multiboot -initrd a.raw,co,,mma.raw,b.raw' },
  { line: '-qtest unix:qt.sock,server=on,wait=off -qtest-log qt.log' },
  { line: '-icount shift=1,rr=record,rrfile=replay.bin', allow: ['.'] },
  { line: '-readconfig disks.conf -device ide-cd,drive=cd' },
  { line: '-chardev file,id=c,path=a.log -set chardev.c.path=b.log -device isa-serial,chardev=c' },
  { line: '-object rng-random,id=r,filename=a.raw -device virtio-rng-pci,rng=r' },
  {
    line: '-serial websocket::0,server=on,wait=off,logfile=s.log -monitor tn3270::0,server=on,wait=off,backend=file,path=m.log',
    allow: ['.'],
  },
  { line: '-incoming unix:a=b,c', allow: ['.'] },
  { line: '-drive file=a.raw,format=raw,snapshot=on -hdb b.raw' },
  { line: '-drive file=a.raw,if=none,id=d,format=raw', isIdle: true },
  {
    line: '-drive file=a.raw,if=none,id=d,format=raw,media=cdrom -device ide-cd,drive=d',
  },
  {
    line: '-drive file=a.raw,if=none,id=d,format=raw,read-only=yes -device virtio-blk-pci,drive=d',
  },
  { line: '-drive file=a.raw,if=floppy,format=raw' },
  { line: '-drive file=vars,if=pflash,format=raw' },
  { line: '-drive file.driver=file,file.filename=a.raw,file.locking=off,if=virtio,driver=raw' },
  { line: '-drive file.filename=pro:tocol.raw,if=virtio,format=raw' },
  { line: '-drive driver=file,filename=a.raw,if=virtio' },
  {
    line: '-drive file=top.qcow2,format=qcow2,if=virtio,backing.driver=raw,backing.file.filename=b.raw',
  },
  {
    line: `${node('base.qcow2', ',read-only=on')} -drive file=top.qcow2,format=qcow2,if=virtio,backing=f-base.qcow2`,
  },
  { line: node('a.raw') },
  { line: node('a.raw', ',read-only=yes') },
  { line: node('a.raw', auto), isIdle: true },
  {
    line: `${node('a.qcow2', auto)} -blockdev driver=qcow2,file=f-a.qcow2,node-name=q,read-only=on`,
  },
  { line: `${node('a.qcow2', auto)} -blockdev driver=qcow2,file=f-a.qcow2,node-name=q,backing=` },
  {
    line: `${node('a.raw', auto)} -blockdev driver=raw,file=f-a.raw,node-name=r -blockdev copy-on-read,file=r,node-name=c`,
  },
  {
    line: `${node('a.raw', auto)} -object throttle-group,id=g -blockdev driver=throttle,throttle-group=g,file=f-a.raw,node-name=t -device scsi-hd,drive=t,bus=s.0`.replace(
      '-device',
      '-device virtio-scsi-pci,id=s -device',
    ),
  },
  {
    line: `${node('a.raw', auto)} -device virtio-scsi-pci,id=s -device scsi-cd,drive=f-a.raw,bus=s.0`,
  },
  {
    line: '-blockdev driver=qcow2,node-name=q,file.driver=file,file.filename=data.qcow2,data-file.driver=file,data-file.filename=data.raw',
  },
  { line: '-M pc,accel=kvm:tcg -machine accel=tcg b.raw' },
  { line: '-enable-kvm -netdev user,id=n,net=10.0.3.0/24 -device virtio-net-pci,netdev=n' },
];

const configuration = `# a machine
[drive "d"]
  file = "b.raw"
  format = "raw"
  if = "ide"

[device]
  driver = "virtio-net-pci"
  romfile = "./rom.bin"
`;

function makeTexts(directory: string): void {
  const disks = '[drive "cd"]\nfile = "co,mma.raw"\nformat = "raw"\nif = "none"\n';
  const texts = {
    'vm.conf': configuration,
    'disks.conf': disks,
    'debug.conf': '[inject-error]\nevent = "read_aio"\nerrno = "5"\n',
    key: 'secret',
    'psk/keys.psk': 'user:0123456789abcdef',
    'tree/file': 'text',
    's.jpg': 'no picture',
  };
  for (const name of ['psk', 'tree', 'ro']) mkdirSync(`${directory}/${name}`);
  for (const [name, text] of Object.entries(texts)) writeFileSync(`${directory}/${name}`, text);
}

function makeFiles(directory: string, line: string): void {
  makeTexts(directory);
  for (const name of ['t1.aml', 't2.aml']) writeFileSync(`${directory}/${name}`, Buffer.alloc(64));
  const rom = Buffer.alloc(2048);
  // A signature, and four blocks of 512 bytes.
  rom.set([0x55, 0xaa, 4]);
  writeFileSync(`${directory}/rom.bin`, rom);
  makeRawImages(directory, 'a.raw', 'b.raw', 'co,mma.raw', 'pro:tocol.raw', 'vars');
  const create = (line: string) => createImage(directory, ...line.split(' '));
  for (const name of ['a', 'base']) create(`-f qcow2 ${name}.qcow2 1M`);
  create('-f qcow2 -b base.qcow2 -F qcow2 top.qcow2');
  create('-f qcow2 -o data_file=data.raw data.qcow2 1M');
  // Its key takes a while.
  if (line.includes('a.luks'))
    create(`--object secret,id=k,file=${directory}/key -f luks -o key-secret=k a.luks 1M`);
  // A paused machine executes none of it.
  writeFileSync(`${directory}/bios.bin`, Buffer.alloc(1 << 18));
  writeFileSync(`${directory}/kernel`, makeKernel());
  writeFileSync(`${directory}/multiboot`, makeMultibootKernel());
  // An end-of-table structure.
  writeFileSync(`${directory}/smbios.bin`, Buffer.from([127, 4, 0, 0, 0, 0]));
}

testShapes(shapes, { makeFiles, short: [15, 4] });
