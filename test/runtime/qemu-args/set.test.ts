import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, parse, pathsOf, words } from '../../support/qemu-args.ts';

for (const [line, ...paths] of [
  ['-drive file=/a,format=raw,id=d -set drive.d.file=/b', '/b disk rw'],
  ['-drive id=d,file=/a,format=raw -set drive.d.readonly=on', '/a disk ro'],
  ['-drive id=d,file=/a,format=raw -set drive.d.file=/x,y', '/x,y disk rw'],
  ['-drive id=d,id=e,file=/a,format=raw -set drive.d.file=/b', '/b disk rw'],
  ['-drive id=d,format=raw,readonly=on, -set drive.d.file=/b', '/b disk ro'],
  ['-drive id=d,format=raw,file=/a,, -set drive.d.readonly=on', '/a, disk ro'],
  ['-set drive.d.file=/b -drive id=d,file=/a,format=raw', '/a disk rw'],
  ['-chardev file,id=c,path=/a -set chardev.c.path=/b', '/b chardev rw created'],
  ['-device virtio-net-pci,id=n -set device.n.romfile=./r', '/vm/r option-rom ro'],
  ['-fsdev local,id=f,path=/a -set fsdev.f.path=/b=c', '/b=c filesystem rw'],
] as const) {
  test(`changed by -set: ${line}`, () => assert.deepEqual(pathsOf(line), paths));
}

test('the argument that is changed is named as it was given', () => {
  const { paths } = parse(words('-drive file=/a,format=raw,id=d -set drive.d.file=/b'));
  assert.deepEqual(paths[0]?.from, ['-drive file=/a,format=raw,id=d']);
});

const unset = (group: string, id: string) =>
  `VP_ARGUMENT_MALFORMED -set: no -${group} with id=${id} stands before it, as key=value`;

for (const [line, finding] of [
  ['-set drive.d.file=/b -drive id=d,file=/a,format=raw', unset('drive', 'd')],
  ['-device {"driver":"virtio-net-pci","id":"n"} -set device.n.romfile=r', unset('device', 'n')],
  ['-drive id=d,file=/a,format=raw -set drive.e.file=/b', unset('drive', 'e')],
  ['-set drive.d', 'VP_ARGUMENT_MALFORMED -set: expected GROUP.ID.KEY=VALUE'],
  ['-set drive.d.=x', 'VP_ARGUMENT_MALFORMED -set: expected GROUP.ID.KEY=VALUE'],
] as const) {
  test(`refused: ${line}`, () => assert.deepEqual(findingsOf(line), [finding]));
}
