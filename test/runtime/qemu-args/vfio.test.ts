import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, makeHost, parse, pathsOf, words } from '../../support/qemu-args.ts';

const mediated = '4b20d080-1b54-4048-85b3-a6a62d165c01';
const host = makeHost({
  '/sys/bus/pci/devices/0000:01:00.0/iommu_group': '-> ../../../kernel/iommu_groups/12',
  '/sys/bus/pci/devices/0000:01:00.0/vfio-dev/vfio3/dev': '511:3',
  '/sys/bus/pci/devices/10000:e1:00.7/iommu_group': '-> ../13',
  '/sys/bus/pci/devices/0000:03:00.0/iommu_group': '-> ../noiommu-0',
  [`/sys/bus/mdev/devices/${mediated}/iommu_group`]: '-> ../14',
  '/sys/bus/platform/devices/e0900000.xgmac/iommu_group': '-> ../15',
});

const container = '/dev/vfio/vfio device-node rw';
const pci = '/dev/vfio/12 host-device rw (0000:01:00.0)';

const understood: readonly [line: string, ...paths: readonly string[]][] = [
  ['-device vfio-pci,host=0000:01:00.0', pci, container],
  ['-device vfio-pci-nohotplug,host=01:00.0,romfile=', pci, container],
  ['-device {"driver":"vfio-pci","host":"1:0.0","id":"h"}', pci, container],
  ['-device vfio-pci,host=10000:E1:00.7', '/dev/vfio/13 host-device rw (10000:e1:00.7)', container],
  ['-device vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:01:00.0/', pci, container],
  [
    `-device vfio-pci,sysfsdev=/sys/bus/mdev/devices/${mediated},display=on`,
    `/dev/vfio/14 host-device rw (${mediated})`,
    container,
  ],
  [
    `-device vfio-ap,sysfsdev=/sys/bus/mdev/devices/${mediated}`,
    `/dev/vfio/14 host-device rw (${mediated})`,
    container,
  ],
  [
    '-device vfio-amd-xgbe,host=e0900000.xgmac',
    '/dev/vfio/15 host-device rw (e0900000.xgmac)',
    container,
  ],
  [
    '-object iommufd,id=i -device vfio-pci,host=01:00.0,iommufd=i',
    '/dev/iommu device-node rw',
    '/dev/vfio/devices/vfio3 host-device rw (0000:01:00.0)',
  ],
  ['-device vfio-pci-igd-lpc-bridge'],
  ['-device vfio-pci,host=01:00.0,romfile=/r', pci, container, '/r option-rom ro'],
];

for (const [line, ...paths] of understood) {
  test(`device of the host: ${line}`, () => {
    assert.deepEqual(pathsOf(line, [], host), paths);
    assert.deepEqual(findingsOf(line, [], host), []);
  });
}

const sysfs = (directory: string) =>
  `VP_ARGUMENT_UNKNOWN_PATH -device opens a node in /dev/vfio, and sysfs does not tell which one belongs to ${directory}`;

for (const [line, directory] of [
  ['-device vfio-pci,host=02:00.0', '/sys/bus/pci/devices/0000:02:00.0'],
  ['-device vfio-pci,host=03:00.0', '/sys/bus/pci/devices/0000:03:00.0'],
  ['-device vfio-pci,host=02:00.0,iommufd=i', '/sys/bus/pci/devices/0000:02:00.0'],
  ['-device vfio-ccw', 'a device that it does not name'],
] as const) {
  test(`not to be found: ${line}`, () => {
    assert.deepEqual(findingsOf(line, [], host), [sysfs(directory)]);
    assert.deepEqual(
      findingsOf(line),
      [sysfs(directory)],
      'nor where nothing is known of the host',
    );
    assert.deepEqual(findingsOf(line, [{ path: '/dev/vfio/1', access: 'rw' }], host), []);
  });
}

for (const [line, message] of [
  ['-device vfio-pci,host=01:00', "host= is [DOMAIN:]BUS:SLOT.FUNCTION, not '01:00'"],
  ['-device vfio-pci,host=../../x', "host= is [DOMAIN:]BUS:SLOT.FUNCTION, not '../../x'"],
  ['-device vfio-amd-xgbe,host=../x', 'host= is the name of a device, without a slash'],
] as const) {
  test(`malformed: ${line}`, () => {
    assert.deepEqual(findingsOf(line, [], host), [`VP_ARGUMENT_MALFORMED -device: ${message}`]);
  });
}

test('only a number of sysfs is made a path', () => {
  const hostile = makeHost({
    '/sys/bus/pci/devices/0000:01:00.0/iommu_group': '-> /..',
    '/sys/bus/pci/devices/0000:01:00.0/vfio-dev/../x': '',
  });
  const line = '-device vfio-pci,host=01:00.0 -device vfio-pci,host=01:00.0,iommufd=i';
  assert.deepEqual(pathsOf(line, [], hostile), []);
  assert.equal(parse(words(line), [], hostile).findings.length, 2);
});
