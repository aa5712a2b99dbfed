import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, parse, pathsOf, words } from '../../support/qemu-args.ts';

const file = (name: string) => `-blockdev driver=file,filename=/${name},node-name=${name}`;

const faults: readonly [line: string, ...findings: readonly string[]][] = [
  [
    '-blockdev driver=raw,file=f,node-name=r',
    "VP_ARGUMENT_MALFORMED -blockdev: no block node 'f' is defined before it",
  ],
  [
    `-blockdev driver=raw,file=b,node-name=a -blockdev driver=raw,file=a,node-name=b`,
    "VP_ARGUMENT_MALFORMED -blockdev: no block node 'b' is defined before it",
  ],
  [
    '-blockdev driver=raw,file=a,node-name=a',
    "VP_ARGUMENT_MALFORMED -blockdev: no block node 'a' is defined before it",
  ],
  [
    `${file('f')} ${file('f')}`,
    "VP_ARGUMENT_MALFORMED -blockdev: the block node 'f' is defined twice",
  ],
  [
    '-drive file=/a,format=raw,id=x -drive file=/b,format=raw,id=x',
    "VP_ARGUMENT_MALFORMED -drive: the block node 'x' is defined twice",
  ],
  [
    '-device virtio-blk-pci,drive=d',
    "VP_ARGUMENT_MALFORMED -device uses 'd', and no drive or block node is called so",
  ],
  [
    '-drive file=/a,format=raw,if=none -device virtio-blk-pci,drive=disk0 -device ide-cd,drive=ide1-cd0',
    "VP_ARGUMENT_MALFORMED -device uses 'disk0', and no drive or block node is called so",
  ],
  [
    '-machine q35,pflash0=code',
    "VP_ARGUMENT_MALFORMED -machine uses 'code', and no drive or block node is called so",
  ],
  [
    '-blockdev node-name=n,file.filename=/f,driver=raw',
    "VP_ARGUMENT_MALFORMED -blockdev: a block node lacks its 'driver'",
  ],
  [
    '-blockdev driver=file,node-name=n',
    "VP_ARGUMENT_MALFORMED -blockdev: a block node lacks its 'filename'",
  ],
  [
    '-blockdev driver=raw,node-name=n',
    'VP_ARGUMENT_MALFORMED -blockdev: there is no file= that says what to open',
  ],
  [
    '-blockdev {"driver":"file","filename":"/a","filename":"/b"}',
    "VP_ARGUMENT_MALFORMED -blockdev: malformed JSON at character 34: expected the key 'filename' once only",
  ],
  [
    '-blockdev {"driver":"file","filename":["/a"]}',
    "VP_ARGUMENT_MALFORMED -blockdev: 'filename' must be a text",
  ],
  [
    '-blockdev {"driver":"raw","file":7}',
    "VP_ARGUMENT_MALFORMED -blockdev: 'file' is neither a block node nor the name of one",
  ],
  [
    '-blockdev {"driver":"file","filename":"/a","read-only":1}',
    "VP_ARGUMENT_MALFORMED -blockdev: 'read-only' must be true or false",
  ],
  [
    '-blockdev driver=file,node-name=f,filename=/f,readonly',
    "VP_ARGUMENT_MALFORMED -blockdev: expected key=value instead of 'readonly'",
  ],
  [
    '-blockdev driver=nvme,node-name=n,device=0000:01:00.0,namespace=1',
    'VP_ARGUMENT_UNKNOWN_PATH -blockdev opens a node in /dev/vfio, and sysfs does not tell which one belongs to /sys/bus/pci/devices/0000:01:00.0',
  ],
  [
    '-blockdev driver=new,node-name=n,x=y',
    'VP_ARGUMENT_REFUSED -blockdev: the block driver new is not understood',
  ],
  [
    '-blockdev driver=new,node-name=n,dir=d,image.driver=file,image.filename=i',
    'VP_ARGUMENT_UNKNOWN_PATH -blockdev: dir=d looks like a path of the host and is not understood yet',
    'VP_ARGUMENT_UNKNOWN_PATH -blockdev: image.filename=i looks like a path of the host and is not understood yet',
  ],
  [
    '-drive file=rbd:p/i:log_file=/l:conf=/c,if=virtio,format=raw',
    'VP_ARGUMENT_UNKNOWN_PATH -drive: x-conf.log_file=/l looks like a path of the host and is not understood yet',
  ],
  [
    '-blockdev driver=vvfat,node-name=n',
    "VP_ARGUMENT_MALFORMED -blockdev: the driver vvfat lacks its 'dir'",
  ],
  [
    '-blockdev driver=raw,node-name=n,file.driver=file,file.filename=/f,offset=x',
    "VP_ARGUMENT_MALFORMED -blockdev: offset is a size, not 'x'",
  ],
  [
    '-blockdev driver=blkverify,node-name=n,raw.driver=file,raw.filename=/f',
    'VP_ARGUMENT_MALFORMED -blockdev: there is no test= that says what to open',
  ],
  [
    '-blockdev driver=file,node-name=f,filename=/f,pr-manager-helper=x/y',
    'VP_ARGUMENT_UNKNOWN_PATH -blockdev: pr-manager-helper=x/y looks like a path of the host and is not understood yet',
  ],
];

for (const [line, ...findings] of faults) {
  test(`refused: ${line}`, () => assert.deepEqual(findingsOf(line), findings));
}

test('whoever uses a node that is refused is not reproached with it', () => {
  const line =
    '-blockdev {"driver":"file","node-name":"f"} -blockdev driver=raw,file=f,node-name=r -device ide-hd,drive=r';
  assert.deepEqual(findingsOf(line), [
    "VP_ARGUMENT_MALFORMED -blockdev: a block node lacks its 'filename'",
  ]);
});

test('a drive without an id may be used by the name that QEMU gives it', () => {
  assert.deepEqual(findingsOf('-drive file=/a,format=raw,if=none -device ide-hd,drive=none0'), []);
});

test('what --allow covers is a path like any other', () => {
  const allowed = [{ path: '/run', access: 'rw' }] as const;
  const line = '-blockdev driver=new,node-name=n,server.path=/run/new';
  assert.deepEqual(pathsOf(line, allowed), ['/run/new config rw']);
  assert.deepEqual(findingsOf(line, allowed), []);
});

test('what the images are taken for', () => {
  const imagesOf = (line: string) =>
    parse(words(line)).paths.map(({ path, images }) => [path, images]);
  const qcow2 = { format: 'qcow2', hasBacking: false, hasDataFile: false, offset: 0 };
  assert.deepEqual(imagesOf('-drive file=/a,format=qcow2 -drive file=/b,format=raw -cdrom /c'), [
    ['/a', [qcow2]],
    ['/b', undefined],
    ['/c', [{ ...qcow2, format: null }]],
  ]);
  const slice =
    '-blockdev {"driver":"raw","node-name":"r","offset":512,"file":{"driver":"file","filename":"/a"}}';
  const above = '-blockdev driver=throttle,throttle-group=g,file=r,node-name=t';
  const image = '-blockdev driver=qcow2,file=t,backing=,node-name=q';
  assert.deepEqual(imagesOf(`${slice} ${above} ${image}`), [
    ['/a', [{ ...qcow2, hasBacking: true, offset: 512 }]],
  ]);
});

test('the path of a finding is the path meant', () => {
  const [finding] = parse(['-blockdev', 'driver=new,node-name=n,dir=d']).findings;
  assert.equal(finding?.path, '/vm/d');
  assert.equal(
    finding?.hint,
    'if QEMU may use it, add --allow /vm/d or --allow /vm/d:rw before the --',
  );
});
