import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, makeHost, parse, pathsOf, words } from '../../support/qemu-args.ts';

const json = (type: string, data: string) =>
  `-chardev {"id":"c","backend":{"type":"${type}","data":{${data}}}}`;
const unix = '"addr":{"type":"unix","data":{"path":"/s"';

const understood: readonly [line: string, ...paths: readonly string[]][] = [
  // Files
  ['-chardev file,id=c,path=/a,append=on', '/a chardev rw created'],
  ['-chardev file,id=c,path=a,input-path=i', '/vm/a chardev rw created', '/vm/i chardev ro'],
  [json('file', '"out":"/o","in":"/i","append":true'), '/o chardev rw created', '/i chardev ro'],
  ['-chardev file,id=c,path=/dev/null', '/dev/null chardev rw'],
  ['-serial tcp::1,backend=file,path=/o,input-path=i', '/o chardev rw created', '/vm/i chardev ro'],
  // Pipes
  ['-chardev pipe,id=c,path=p', '/vm/p.in chardev rw', '/vm/p.out chardev rw'],
  ['-serial pipe:/p,x', '/p,x.in chardev rw', '/p,x.out chardev rw'],
  [json('pipe', '"device":"p"'), '/vm/p.in chardev rw', '/vm/p.out chardev rw'],
  // Devices
  ['-chardev serial,id=c,path=/dev/ttyS0', '/dev/ttyS0 chardev rw'],
  ['-chardev tty,id=c,path=/dev/ttyUSB0', '/dev/ttyUSB0 chardev rw'],
  ['-chardev parallel,id=c,path=/dev/parport0', '/dev/parport0 chardev rw'],
  ['-chardev parport,id=c,path=/dev/parport0', '/dev/parport0 chardev rw'],
  [json('serial', '"device":"/dev/ttyS1"'), '/dev/ttyS1 chardev rw'],
  [json('parallel', '"device":"/dev/parport1"'), '/dev/parport1 chardev rw'],
  [
    '-serial /dev/ttyS0 -parallel /dev/parport0',
    '/dev/ttyS0 chardev rw',
    '/dev/parport0 chardev rw',
  ],
  ['-serial /dev/tty,logfile=l', '/dev/tty,logfile=l chardev rw'],
  // Terminals
  ['-serial pty', '/dev/ptmx device-node rw'],
  ['-serial pty:p', '/dev/ptmx device-node rw', '/vm/p chardev rw created'],
  ['-chardev pty,id=c,path=/p', '/dev/ptmx device-node rw', '/p chardev rw created'],
  [json('pty', '"path":"/p"'), '/dev/ptmx device-node rw', '/p chardev rw created'],
  // Sockets
  ['-chardev socket,id=c,path=/s,server=on,wait=off', '/s socket rw created'],
  ['-chardev socket,id=c,path=/s,reconnect=0', '/s socket rw'],
  // QEMU tries again until somebody listens.
  ['-chardev socket,id=c,path=/s,reconnect=5', '/s socket rw optional'],
  ['-chardev socket,id=c,path=/s,reconnect-ms=100', '/s socket rw optional'],
  [json('socket', `${unix}}},"server":false,"reconnect":1`), '/s socket rw optional'],
  ['-chardev socket,id=c,path=/s,abstract=on,tight=off'],
  [json('socket', `${unix}}}`), '/s socket rw created'],
  [json('socket', `${unix}}},"server":false`), '/s socket rw'],
  [json('socket', `${unix},"abstract":true}}`)],
  ['-chardev socket,id=c,host=h,port=1,tls-creds=t -chardev socket,id=d,fd=0'],
  [json('socket', '"addr":{"type":"inet","data":{"host":"h","port":"1"}}')],
  ['-mon c -mon chardev=c,mode=control'],
  ['-gdb unix:/g,server=on,wait=off', '/g socket rw created'],
  ['-qmp-pretty unix:/q', '/q socket rw'],
  // What each may have: a log
  ['-chardev stdio,id=c,logfile=l', '/vm/l log rw created'],
  ['-chardev file,id=c,path=/c,logfile=l', '/c chardev rw created', '/vm/l log rw created'],
  ['-chardev null,id=c,logfile=/l,logappend=on', '/l log rw created'],
  [json('null', '"logfile":"/l"'), '/l log rw created'],
  ['-serial tcp::1,server=on,logfile=l', '/vm/l log rw created'],
  ['-monitor telnet:h:1,server=on,logfile=/l', '/l log rw created'],
  ['-gdb tn3270::1,logfile=l', '/vm/l log rw created'],
  ['-qmp mon:websocket::1,logfile=l', '/vm/l log rw created'],
  ['-serial tcp:h,x=y:1,,logfile=l', '/vm/l log rw created'],
  ['-serial udp:h:1@:2,logfile=l', '/vm/l log rw created'],
  ['-serial mon:stdio,logfile=l -serial null,logfile=l', '/vm/l log rw created'],
  ['-serial vc:80Cx24C,logfile=l', '/vm/l log rw created'],
  ['-monitor unix:/m,server=on,logfile=l', '/m socket rw created', '/vm/l log rw created'],
  // Nothing of the host
  ['-chardev spicevmc,id=c,name=vdagent -chardev spiceport,id=d,name=org/x'],
  ['-chardev dbus,id=c,name=org/x -chardev qemu-vdagent,id=d,clipboard=on'],
  ['-chardev mux,id=m,chardev=c -chardev hub,id=h,chardevs.0=a,chardevs.1=b'],
  ['-chardev ringbuf,id=r,size=64 -chardev vc,id=v,cols=80 -chardev udp,id=u,host=h,port=1'],
];

test('a socket to which QEMU connects again must be usable if it is there', () => {
  const there = makeHost({ '/s': '' });
  const line = '-chardev socket,id=c,path=/s,reconnect=5';
  assert.deepEqual(pathsOf(line, [], there), ['/s socket rw']);
});

for (const [line, ...paths] of understood) {
  test(`character device: ${line}`, () => {
    assert.deepEqual(pathsOf(line), paths);
    assert.deepEqual(findingsOf(line), []);
  });
}

/** What of p, p.in and p.out is there, and what QEMU opens of it. */
for (const [there, ...opened] of [
  ['/vm/p.in /vm/p.out', 'p.in', 'p.out'],
  ['/vm/p /vm/p.in /vm/p.out', 'p.in', 'p.out'],
  ['/vm/p', 'p'],
  ['/vm/p /vm/p.out', 'p.out', 'p'],
  ['/vm/p.in', 'p.in', 'p'],
  ['', 'p'],
] as const) {
  test(`of the pipes ${there || '(none)'} these are opened: ${opened.join(', ')}`, () => {
    const host = makeHost(Object.fromEntries(there.split(' ').map((path) => [path, ''])));
    const paths = opened.map((name) => `/vm/${name} chardev rw`);
    assert.deepEqual(pathsOf('-chardev pipe,id=c,path=p', [], host), paths);
  });
}

for (const [line, finding] of [
  ['-chardev file,id=c,path=', 'VP_ARGUMENT_MALFORMED -chardev: the file name is empty'],
  ['-chardev stdio,id=c,logfile=', 'VP_ARGUMENT_MALFORMED -chardev: the file name is empty'],
  [
    '-chardev socket,id=c,path=/s,server=maybe',
    "VP_ARGUMENT_MALFORMED -chardev: server is on or off, not 'maybe'",
  ],
  [
    '-chardev file,id=c,path=/dev/fdset/1',
    'VP_ARGUMENT_REFUSED -chardev file,id=c,path=/dev/fdset/1: /dev/fdset/1 is a set that no -add-fd fills',
  ],
] as const) {
  test(`refused: ${line}`, () => {
    assert.deepEqual(findingsOf(line), [finding]);
  });
}

test('an unknown kind with a path needs --allow', () => {
  assert.deepEqual(findingsOf('-chardev newer,id=c,path=/x'), [
    'VP_ARGUMENT_UNKNOWN_PATH -chardev: path=/x looks like a path of the host and is not understood yet',
  ]);
});

/** Where QEMU makes a link, and where the words only sound so. */
for (const [line, links] of [
  ['-serial pty:/p', ['/p']],
  ['-monitor pty:p', ['/vm/p']],
  ['-chardev pty,id=c,path=/p', ['/p']],
  [json('pty', '"path":"/p"'), ['/p']],
  ['-serial pty', []],
  ['-serial file:/srv/pty', []],
  ['-chardev file,id=pty,path=/o', []],
] as const) {
  test(`links to a pseudo-terminal: ${line}`, () => {
    const made = parse(words(line)).paths.filter(({ isLink }) => isLink === true);
    assert.deepEqual(
      made.map(({ path }) => path),
      links,
    );
  });
}
