import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, pathsOf } from '../../support/qemu-args.ts';

const file = (name: string, more = '') =>
  `-blockdev driver=file,filename=/${name},node-name=${name}${more}`;
const auto = ',auto-read-only=on';

interface Graph {
  readonly what: string;
  readonly line: string;
  readonly paths: readonly string[];
}

const graphs: readonly Graph[] = [
  {
    what: 'a file alone is opened for writing at once',
    line: file('f'),
    paths: ['/f disk rw'],
  },
  {
    what: 'a read-only format over a file that is not: QEMU opens that for writing first',
    line: `${file('f')} -blockdev driver=qcow2,file=f,node-name=q,read-only=on`,
    paths: ['/f disk rw'],
  },
  {
    what: 'a read-only format over a file that waits',
    line: `${file('f', auto)} -blockdev driver=qcow2,file=f,node-name=q,read-only=on`,
    paths: ['/f disk ro'],
  },
  {
    what: 'a writable format over a file that waits',
    line: `${file('f', auto)} -blockdev driver=qcow2,file=f,node-name=q`,
    paths: ['/f disk rw'],
  },
  {
    what: 'libvirt’s chain: only the top is written',
    line: [
      '-blockdev {"driver":"file","filename":"/base","node-name":"s2","auto-read-only":true,"discard":"unmap"}',
      '-blockdev {"node-name":"f2","read-only":true,"driver":"qcow2","file":"s2","backing":null}',
      '-blockdev {"driver":"file","filename":"/top","node-name":"s1","auto-read-only":true}',
      '-blockdev {"node-name":"f1","read-only":false,"driver":"qcow2","file":"s1","backing":"f2"}',
      '-device {"driver":"virtio-blk-pci","drive":"f1","id":"disk0"}',
    ].join(' '),
    paths: ['/base backing ro', '/top disk rw'],
  },
  {
    what: 'a backing node that says nothing is opened for writing, as QEMU does',
    line: [
      `${file('b', auto)} -blockdev driver=qcow2,file=b,node-name=base`,
      `${file('t', auto)} -blockdev driver=qcow2,file=t,node-name=top,backing=base`,
    ].join(' '),
    paths: ['/b backing rw', '/t disk rw'],
  },
  {
    what: 'a backing node defined in place is read-only',
    line: '-blockdev driver=qcow2,node-name=t,file.driver=file,file.filename=/t,backing.driver=qcow2,backing.file.driver=file,backing.file.filename=/b',
    paths: ['/t disk rw', '/b backing ro'],
  },
  {
    what: 'one file as a base and as a disk of its own',
    line: [
      `${file('b', auto)} -blockdev driver=raw,file=b,node-name=disk`,
      `-blockdev driver=raw,file=b,node-name=base,read-only=on`,
      `${file('t', auto)} -blockdev driver=qcow2,file=t,node-name=top,backing=base`,
      '-device virtio-blk-pci,drive=top -device virtio-blk-pci,drive=disk',
    ].join(' '),
    paths: ['/b disk rw', '/t disk rw'],
  },
  {
    what: 'the same path in two nodes',
    line: `${file('x')} -blockdev driver=file,filename=/x,node-name=y,read-only=on`,
    paths: ['/x disk rw'],
  },
  {
    what: 'filters pass on what is wanted above them',
    line: [
      `${file('f', auto)} -blockdev driver=raw,file=f,node-name=r`,
      '-blockdev driver=throttle,throttle-group=g,file=r,node-name=t,read-only=on',
    ].join(' '),
    paths: ['/f disk ro'],
  },
  {
    what: 'copy-on-read writes to what is below',
    line: `${file('f', auto)} -blockdev driver=raw,file=f,node-name=r -blockdev driver=copy-on-read,file=r,node-name=c`,
    paths: ['/f disk rw'],
  },
  {
    what: 'what is inside inherits from what is around it',
    line: '-blockdev {"driver":"raw","node-name":"r","read-only":true,"file":{"driver":"host_device","filename":"/dev/sdb"}}',
    paths: ['/dev/sdb disk ro'],
  },
  {
    what: 'a CD drive reads only',
    line: `${file('f', auto)} -blockdev driver=raw,file=f,node-name=r -device ide-cd,drive=r`,
    paths: ['/f disk ro'],
  },
  {
    what: 'a CD drive and a disk on one node',
    line: `${file('f', auto)} -device scsi-cd,drive=f -device scsi-hd,drive=f,share-rw=on`,
    paths: ['/f disk rw shared'],
  },
  {
    what: 'shared writing reaches the file, and not its base',
    line: [
      `${file('b', auto)} ${file('t', auto)}`,
      '-blockdev driver=raw,file=b,node-name=base,read-only=on',
      '-blockdev driver=qcow2,file=t,node-name=top,backing=base',
      '-device {"driver":"virtio-blk-pci","drive":"top","share-rw":true}',
    ].join(' '),
    paths: ['/b backing ro', '/t disk rw shared'],
  },
  {
    what: 'shared writing to a drive',
    line: '-drive file=/d,format=raw,if=none,id=d -device virtio-blk-pci,drive=d,share-rw=on',
    paths: ['/d disk rw shared'],
  },
  {
    what: 'a data file of its own',
    line: '-blockdev driver=qcow2,node-name=q,file.driver=file,file.filename=/q,data-file.driver=file,data-file.filename=/d',
    paths: ['/q disk rw', '/d data-file rw'],
  },
  {
    what: 'a data file of a backing file',
    line: '-blockdev driver=qcow2,node-name=q,file.driver=file,file.filename=/q,backing.driver=qcow2,backing.file.driver=file,backing.file.filename=/b,backing.data-file.driver=file,backing.data-file.filename=/d',
    paths: ['/q disk rw', '/b backing ro', '/d backing ro'],
  },
  {
    what: 'flash of the machine',
    line: `${file('code', ',read-only=on')} ${file('vars')} -machine q35,pflash0=code,pflash1=vars`,
    paths: ['/code firmware ro', '/vars nvram rw'],
  },
  {
    what: 'servers name nothing of this host',
    line: '-blockdev driver=nbd,node-name=n,server.type=inet,server.host=a/b,server.port=1,export=/x -blockdev {"driver":"https","node-name":"h","url":"https://a/b"}',
    paths: [],
  },
  {
    what: 'a drive on top of a node',
    line: `${file('b', ',read-only=on')} -drive file=/t,format=qcow2,backing=b`,
    paths: ['/b backing ro', '/t disk rw'],
  },
  {
    what: 'filters that write only when somebody does',
    line: [
      `${file('f', auto)} -blockdev driver=raw,file=f,node-name=r,offset=512,size=1M`,
      '-blockdev driver=throttle,throttle-group=g,file=r,node-name=t -blockdev driver=preallocate,file=t,node-name=p',
      '-blockdev driver=compress,file=p,node-name=c -blockdev driver=blkdebug,image=c,node-name=d,config=/conf',
      '-device ide-cd,drive=d',
    ].join(' '),
    paths: ['/f disk ro', '/conf config ro'],
  },
  {
    what: 'a filter told to take the right to write',
    line: `${file('f', auto)} -blockdev {"driver":"blkdebug","image":"f","node-name":"d","take-child-perms":["write"]} -device ide-cd,drive=d`,
    paths: ['/f disk rw'],
  },
  {
    what: 'both images of a comparison, the log of writes',
    line: [
      `${file('a', auto)} ${file('b', auto)} ${file('l', auto)}`,
      '-blockdev driver=blkverify,raw=a,test=b,node-name=v',
      '-blockdev driver=blklogwrites,file=v,log=l,node-name=w -device ide-cd,drive=w',
    ].join(' '),
    paths: ['/a disk ro', '/b disk ro', '/l disk rw'],
  },
  {
    what: 'a copy is made before a write, and always written',
    line: [
      `${file('a', auto)} ${file('b', auto)}`,
      '-blockdev driver=copy-before-write,file=a,target=b,node-name=c,read-only=on',
    ].join(' '),
    paths: ['/a disk ro', '/b disk rw'],
  },
  {
    what: 'a quorum of nodes',
    line: [
      `${file('a', auto)} ${file('b', auto)}`,
      '-blockdev driver=quorum,vote-threshold=2,node-name=q,children.0=a,children.1=b,children.2.driver=file,children.2.filename=/c -device ide-cd,drive=q',
    ].join(' '),
    paths: ['/a disk ro', '/b disk ro', '/c disk rw'],
  },
  {
    what: 'a quorum that corrects',
    line: `${file('a', auto)} -blockdev {"driver":"quorum","vote-threshold":1,"node-name":"q","children":["a"],"rewrite-corrupted":true} -device ide-cd,drive=q`,
    paths: ['/a disk rw'],
  },
  {
    what: 'an encrypted image and its header',
    line: `${file('a', auto)} ${file('h', auto)} -blockdev driver=luks,key-secret=s,file=a,header=h,node-name=l -device ide-cd,drive=l`,
    paths: ['/a disk ro', '/h disk rw'],
  },
  {
    what: 'formats that are only read',
    line: `${file('a', auto)} -blockdev driver=dmg,file=a,node-name=l`,
    paths: ['/a disk ro'],
  },
  {
    what: 'a directory as a disk',
    line: '-blockdev driver=vvfat,node-name=v,dir=d -blockdev driver=vvfat,node-name=w,dir=/e,rw=on -blockdev driver=vvfat,node-name=x,dir=/f,rw=on,read-only=on',
    paths: ['/vm/d filesystem ro', '/e filesystem rw', '/f filesystem ro'],
  },
  {
    what: 'sockets of servers, and what else drivers open',
    line: [
      '-blockdev driver=nbd,node-name=a,server.type=unix,server.path=/nbd -drive driver=nbd,path=/old',
      '-blockdev {"driver":"gluster","node-name":"g","volume":"v","path":"/i","logfile":"/g.log","server":[{"type":"unix","path":"abstract","abstract":true},{"type":"unix","path":"/glu"}]}',
      '-blockdev driver=nbd,node-name=b,server.type=unix,server.path=abstract,server.abstract=on',
      '-blockdev driver=rbd,node-name=r,pool=a/b,image=/c,conf=/ceph',
      '-blockdev driver=virtio-blk-vhost-user,node-name=u,path=/vhu -blockdev driver=nvme-io_uring,node-name=n,path=/dev/ng0n1',
      '-blockdev driver=virtio-blk-vhost-vdpa,node-name=v,path=/dev/vhost-vdpa-0,read-only=on',
      '-blockdev driver=io_uring,node-name=i,filename=/dev/vdz,auto-read-only=on -device ide-cd,drive=i',
    ].join(' '),
    paths: [
      '/nbd socket rw',
      '/old socket rw',
      '/glu socket rw',
      '/g.log log rw created',
      '/ceph config ro',
      '/vhu socket rw',
      '/dev/ng0n1 device-node rw',
      '/dev/vhost-vdpa-0 device-node rw',
      '/dev/vdz disk rw',
    ],
  },
  {
    what: 'an empty name means no backing file',
    line: `${file('f')} -blockdev driver=qcow2,file=f,node-name=q,backing=`,
    paths: ['/f disk rw'],
  },
];

for (const { what, line, paths } of graphs) {
  test(what, () => {
    assert.deepEqual([...pathsOf(line)].sort(), [...paths].sort());
    assert.deepEqual(findingsOf(line), []);
  });
}
