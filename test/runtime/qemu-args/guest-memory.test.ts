import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, makeHost, parse, words } from '../../support/qemu-args.ts';

const host = makeHost({ '/sys/bus/pci/devices/0000:01:00.0/iommu_group': '-> ../12' });
const device = '-device vfio-pci,host=01:00.0';
const [mebi, gibi] = [2 ** 20, 2 ** 30];

for (const [line, bytes] of [
  ['-m 512', null],
  [device, 128 * mebi + gibi],
  [`-m 512 ${device}`, 512 * mebi + gibi],
  [`${device} -m 2G`, 3 * gibi],
  [`-m size=1.5G ${device}`, 2.5 * gibi],
  [`-m 1024,slots=4,maxmem=8G ${device}`, 9 * gibi],
  [`-m 64 -m 256 ${device}`, 256 * mebi + gibi],
  ['-m 64 -netdev vhost-vdpa,id=n,vhostdev=/dev/vhost-vdpa-0', 64 * mebi + gibi],
  ['-m 64 -object iommufd,id=i', 64 * mebi + gibi],
  ['-m 64 -device usb-host,hostdevice=/dev/bus/usb/001/002', null],
] as const) {
  test(`memory that is locked: ${line}`, () => {
    assert.equal(parse(words(line), [], host).lockedMemory, bytes);
  });
}

test('a size that is none is QEMU’s to refuse', () => {
  const line = `-m 5x ${device}`;
  assert.equal(parse(words(line), [], host).lockedMemory, 128 * mebi + gibi);
  assert.deepEqual(findingsOf('-m 5x'), []);
});
