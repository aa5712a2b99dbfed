import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, makeHost, parse, pathsOf, words } from '../../support/qemu-args.ts';

const host = makeHost({ '/dev/dri/card0': '', '/dev/dri/renderD128': '' });
const node = '/dev/dri/renderD128 device-node rw';
const tls = (directory: string) =>
  ['server-key', 'server-cert', 'ca-cert'].map((name) => `${directory}/${name}.pem secret ro`);

const understood: readonly [line: string, ...paths: readonly string[]][] = [
  ['-spice port=5900,addr=::1,disable-ticketing=on,password=/x'],
  ['-spice unix=on,addr=s', '/vm/s socket rw created'],
  [
    '-spice unix,addr=/a,,b,gl=on,rendernode=/dev/dri/renderD128',
    '/a,b socket rw created',
    '/dev/dri/renderD128 device-node rw',
  ],
  ['-spice port=1,gl=on,sasl=on', node, '/etc/sasl2/qemu.conf config ro optional'],
  ['-spice tls-port=1,x509-dir=/tls', ...tls('/tls')],
  ['-spice tls-port=1', ...tls('/vm')],
  [
    '-spice tls-port=1,x509-dir=t,x509-key-file=/k,x509-dh-key-file=/d',
    '/k secret ro',
    ...tls('/vm/t').slice(1),
    '/d secret ro',
  ],
  ['-spice unix=on -spice addr=/s -vnc none -spice disable-ticketing=on', '/s socket rw created'],
  // Were the words joined as they stand, `,,` would make the address a part of the value before it.
  ['-spice unix=on,password=p, -spice addr=/a,,b', '/a,b socket rw created'],
  ['-spice port=1,x509-dir=/tls,x509-key-file=/k'],
  ['-spice port=1,tls-port=0,x509-dir=/tls'],
];

for (const [line, ...paths] of understood) {
  test(`spice: ${line}`, () => {
    assert.deepEqual(pathsOf(line, [], host), paths);
    assert.deepEqual(findingsOf(line, [], host), []);
  });
}

test('an address that looks like a path and is none', () => {
  assert.deepEqual(findingsOf('-spice port=1 -spice addr=/s'), [
    'VP_ARGUMENT_UNKNOWN_PATH -spice: addr=/s looks like a path of the host and is not understood yet',
  ]);
});

test('several count as one, under the words of all', () => {
  const [path] = parse(words('-spice unix=on -S -spice addr=/s')).paths;
  assert.deepEqual(path?.from, ['-spice unix=on -spice addr=/s']);
});

test('a socket without a name is refused', () => {
  assert.deepEqual(findingsOf('-spice unix=on'), [
    'VP_ARGUMENT_MALFORMED -spice: unix=on needs addr= with the path of its socket',
  ]);
});
