import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQemuArguments } from '../../../src/runtime/qemu-args/parse.ts';
import { brief, words } from '../../support/qemu-args.ts';

function parse(line: string) {
  return parseQemuArguments(words(line), { directory: '/vm', allowed: [], handing: 'descriptors' });
}

const listening = (id: string, more: string, number = 100) =>
  `-chardev backend=socket,id=${id},${more}fd=${number},server=on`;

for (const [given, rewritten, ...paths] of [
  [
    '-chardev socket,id=c,path=s,server=on,wait=off,logfile=/l',
    `${listening('c', 'logfile=/l,')},wait=off`,
    '/vm/s',
  ],
  ['-chardev socket,id=c,path=/s,server', `${listening('c', '')},wait=on`, '/s'],
  [
    '-chardev {"id":"c","backend":{"type":"socket","data":{"addr":{"type":"unix","data":{"path":"/s"}},"telnet":true}}}',
    `${listening('c', 'telnet=on,')},wait=off`,
    '/s',
  ],
  [
    '-qmp unix:/q,server=on,wait=off',
    `${listening('virt-privileges-100', '')},wait=off -mon chardev=virt-privileges-100,mode=control`,
    '/q',
  ],
  [
    '--qmp-pretty unix:q,,x,server,nowait -S',
    `${listening('virt-privileges-100', '')},wait=off -mon chardev=virt-privileges-100,mode=control,pretty=on -S`,
    '/vm/q,x',
  ],
  [
    '-monitor unix:/m,server=on -serial unix:/s,server=on,wait=off',
    `${listening('virt-privileges-100', '')},wait=on -mon chardev=virt-privileges-100,mode=readline ` +
      `${listening('virt-privileges-101', '', 101)},wait=off -serial chardev:virt-privileges-101`,
    '/m',
    '/s',
  ],
  [
    '-gdb unix:/g,server=on,wait=off -parallel unix:/p,server=on,wait=off',
    `${listening('virt-privileges-100', '')},wait=off -gdb chardev:virt-privileges-100 ` +
      `${listening('virt-privileges-101', '', 101)},wait=off -parallel chardev:virt-privileges-101`,
    '/g',
    '/p',
  ],
] as const) {
  test(`the launcher listens: ${given}`, () => {
    const { handed, paths: found, findings } = parse(given);
    assert.deepEqual(findings, []);
    assert.equal(handed.argv.join(' '), rewritten);
    const sockets = handed.descriptors.map((each) => (each.source === 'socket' ? each.path : ''));
    assert.deepEqual(sockets, paths);
    const passed = found.filter((path) => path.passed).map(brief);
    assert.deepEqual(
      passed,
      paths.map((path) => `${path} socket rw created`),
    );
  });
}

for (const line of [
  '-chardev socket,id=c,path=/s',
  '-chardev socket,id=c,path=/s,server=on,abstract=on',
  '-chardev socket,id=c,host=h,port=1,server=on',
  '-serial mon:unix:/s,server=on',
  '-serial tcp::1,server=on',
  '-debugcon unix:/d,server=on',
  '-netdev user,id=n,guestfwd=:10.0.2.100:80-unix:s,,server=on',
  '-vnc unix:/v',
]) {
  test(`QEMU listens or connects by itself: ${line}`, () => {
    const { handed } = parse(line);
    assert.deepEqual(handed, { argv: words(line), descriptors: [], taps: [], places: [] });
  });
}
