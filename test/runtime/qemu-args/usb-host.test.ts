import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, makeHost, pathsOf } from '../../support/qemu-args.ts';

type Values = readonly [
  bus: string,
  address: string,
  vendor: string,
  product: string,
  port: string,
];

function device(name: string, values: Values): Record<string, string> {
  const attributes = ['busnum', 'devnum', 'idVendor', 'idProduct', 'devpath'];
  const files = attributes.map((attribute, index) => [attribute, values[index] ?? ''] as const);
  return Object.fromEntries(
    files.map(([attribute, text]) => [`/sys/bus/usb/devices/${name}/${attribute}`, text]),
  );
}

const host = makeHost({
  ...device('1-2', ['1', '7', '046d', 'c52b', '2']),
  ...device('2-1.4', ['2', '12', '046d', 'c52b', '1.4']),
  ...device('usb1', ['1', '1', '1d6b', '0002', '0']),
  '/sys/bus/usb/devices/1-2:1.0/bInterfaceNumber': '00',
});

const mouse = '/dev/bus/usb/001/007 host-device rw (1-2)';
const other = '/dev/bus/usb/002/012 host-device rw (2-1.4)';

const understood: readonly [line: string, ...paths: readonly string[]][] = [
  ['-device usb-host,hostdevice=/dev/bus/usb/001/002', '/dev/bus/usb/001/002 host-device rw'],
  ['-device usb-host,hostbus=3,hostaddr=14', '/dev/bus/usb/003/014 host-device rw'],
  ['-device {"driver":"usb-host","hostbus":1,"hostaddr":2}', '/dev/bus/usb/001/002 host-device rw'],
  ['-device usb-host,hostbus=1,hostport=2', mouse],
  ['-device usb-host,hostport=1.4', other],
  ['-device usb-host,vendorid=0x046d,productid=0xc52b', mouse, other],
  ['-device usb-host,vendorid=1133,hostbus=2', other],
  ['-device usb-host,vendorid=02155,hostbus=2', other],
  [
    '-device {"driver":"usb-host","vendorid":7531,"productid":2}',
    '/dev/bus/usb/001/001 host-device rw (usb1)',
  ],
];

for (const [line, ...paths] of understood) {
  test(`USB device: ${line}`, () => {
    assert.deepEqual(pathsOf(line, [], host), paths);
    assert.deepEqual(findingsOf(line, [], host), []);
  });
}

for (const [line, finding] of [
  [
    '-device usb-host,vendorid=1,productid=2',
    'opens a node in /dev/bus/usb, and no device of the host has vendorid=1,productid=2',
  ],
  [
    '-device usb-host,hostbus=1,hostport=9',
    'opens a node in /dev/bus/usb, and no device of the host has hostbus=1,hostport=9',
  ],
  ['-device usb-host', 'opens a node /dev/bus/usb/*, and which one is not known'],
] as const) {
  test(`not to be found: ${line}`, () => {
    const expected = [`VP_ARGUMENT_UNKNOWN_PATH -device ${finding}`];
    assert.deepEqual(findingsOf(line, [], host), expected);
    assert.deepEqual(findingsOf(line), expected, 'nor where nothing is known of the host');
    assert.deepEqual(findingsOf(line, [{ path: '/dev/bus/usb', access: 'rw' }], host), []);
  });
}

test('a number is a number', () => {
  assert.deepEqual(findingsOf('-device usb-host,hostbus=1,hostaddr=1/../..'), [
    "VP_ARGUMENT_MALFORMED -device: hostaddr is a number, not '1/../..'",
  ]);
});

test('only a number of sysfs is made a path', () => {
  const hostile = makeHost(device('1-1', ['../../..', '1', '0001', '0002', '1']));
  assert.deepEqual(pathsOf('-device usb-host,vendorid=1', [], hostile), []);
});
