import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, makeHost, parse, pathsOf } from '../../support/qemu-args.ts';

const two = makeHost({
  '/dev/dri/card0': '',
  '/dev/dri/renderD128': '',
  '/dev/dri/renderD129': '',
});
const one = makeHost({ '/dev/dri/renderD128': '' });
const nodes = ['128', '129'].map((n) => `/dev/dri/renderD${n} device-node rw optional`);

const understood: readonly [line: string, ...paths: readonly string[]][] = [
  ['-display none -display curses -display gtk,grab-on-hover=on -display sdl,gl=off'],
  ['-display gtk,gl=on', ...nodes],
  ['-display sdl,gl=es', ...nodes],
  ['-display egl-headless', ...nodes],
  [
    '-display {"type":"egl-headless","rendernode":"/dev/dri/renderD129"}',
    '/dev/dri/renderD129 device-node rw',
  ],
  ['-display egl-headless,rendernode=/dev/dri/renderD128', '/dev/dri/renderD128 device-node rw'],
  [
    '-display dbus,p2p=yes,gl=on,rendernode=/dev/dri/renderD128',
    '/dev/dri/renderD128 device-node rw',
  ],
  ['-display dbus,addr=unix:path=/run/bus,,guid=00,gl=on', ...nodes, '/run/bus socket rw'],
  [
    '-display dbus,addr=unix:path=/run/a%2fb -display dbus,addr=unix:path=/x%',
    '/run/a/b socket rw',
    '/x% socket rw',
  ],
  ['-display dbus,addr=unix:abstract=/tmp/dbus'],
  ['-vnc :0 -vnc localhost:1,password-secret=s,tls-creds=t,audiodev=a -vnc none'],
  ['-vnc unix:/v,to=9', '/v socket rw created'],
  ['-vnc vnc=unix:v', '/vm/v socket rw created'],
  ['-vnc :1,vnc=unix:a,,b,vnc=unix:/c', '/vm/a,b socket rw created', '/c socket rw created'],
  ['-vnc unix:/v,reverse=on', '/v socket rw'],
  ['-vnc unix:/v,reverse', '/v socket rw'],
  ['-vnc :0,tls=on,x509verify=/etc/pki', '/etc/pki secret ro'],
  ['-vnc :0,sasl=on', '/etc/sasl2/qemu.conf config ro optional'],
  ['-display vnc=unix:/v,password=on', '/v socket rw created'],
  ['-display vnc=:0'],
];

for (const [line, ...paths] of understood) {
  test(`display: ${line}`, () => {
    assert.deepEqual(pathsOf(line, [], two), paths);
    assert.deepEqual(findingsOf(line, [], two), []);
  });
}

test('the only render node is not optional', () => {
  assert.deepEqual(pathsOf('-display egl-headless', [], one), [
    '/dev/dri/renderD128 device-node rw',
  ]);
});

test('a host without a render node, or one that is not known', () => {
  const line = '-spice port=1,gl=on';
  const finding =
    'VP_ARGUMENT_UNKNOWN_PATH -spice opens a node /dev/dri/renderD*, and which one is not known';
  assert.deepEqual(findingsOf(line), [finding]);
  assert.deepEqual(findingsOf(line, [], makeHost({ '/dev/dri/card0': '' })), [finding]);
  assert.deepEqual(findingsOf(line, [{ path: '/dev/dri/renderD128', access: 'rw' }]), []);
  assert.equal(
    parse(['-spice', 'gl=on']).findings[0]?.hint,
    'name it in the argument, or with --allow /dev/dri/…:rw before the --',
  );
});

test('an address that looks like a path and is none', () => {
  assert.deepEqual(findingsOf('-vnc /v'), [
    'VP_ARGUMENT_UNKNOWN_PATH -vnc: vnc=/v looks like a path of the host and is not understood yet',
  ]);
});

test('a socket without a name is refused', () => {
  assert.deepEqual(findingsOf('-vnc unix:'), [
    'VP_ARGUMENT_MALFORMED -vnc: the file name is empty',
  ]);
});

test('the viewer that spice-app starts is warned of', () => {
  assert.deepEqual(findingsOf('-display spice-app'), [
    "VP_WARN_HELPER -display makes a socket below the user's runtime directory and starts a viewer of the desktop",
  ]);
});
