import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planPorts } from '../../../src/runtime/confinement/tcp-ports.ts';

/** An argument, and the ports that it names. */
const rows: readonly (readonly [word: string, ...ports: number[]])[] = [
  [':1', 5901],
  ['0.0.0.0:12,password=on', 5912],
  ['[::1]:3', 5903],
  ['localhost:1,websocket=5700', 5700, 5901],
  ['port=5930,tls-port=5931,disable-ticketing=on', 5930, 5931],
  ['tcp:127.0.0.1:4444,server=on', 4444],
  ['mon:telnet::4445,server=on', 4445],
  ['socket,id=c,host=localhost,port=7000', 7000],
  ['user,id=n,hostfwd=tcp:127.0.0.1:2222-:22', 2222],
  ['user,id=n,hostfwd=::2223-:22', 2223],
  ['file=nbd://10.0.0.1:10809/export', 10809],
  ['file=nbd:10.0.0.1:10810', 10810],
  ['file=https://example.org:8443/x.iso', 8443],
  ['unix:/run/vnc.sock'],
  ['virtio-net-pci,mac=52:54:00:12:34:56'],
  ['tcp::0,server=on'],
  ['port=70000'],
];

for (const [word, ...ports] of rows) {
  test(`the ports of ${word}`, () => {
    const found = planPorts(['-x', word]).map(({ port }) => port);
    assert.deepEqual(
      found.toSorted((a, b) => a - b),
      ports,
    );
  });
}

test('a port is for listening and connecting, each once', () => {
  assert.deepEqual(planPorts(['-vnc', ':1', '-spice', 'port=5901']), [{ rights: 3, port: 5901 }]);
});
