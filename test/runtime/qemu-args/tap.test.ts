import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Handing } from '../../../src/runtime/qemu-args/handover.ts';
import { parseQemuArguments } from '../../../src/runtime/qemu-args/parse.ts';
import { brief, makeHost, words } from '../../support/qemu-args.ts';

function parse(line: string, handing: Handing, files: Readonly<Record<string, string>> = {}) {
  const host = makeHost(files);
  return parseQemuArguments(words(line), { directory: '/vm', allowed: [], handing, host });
}

const passed: readonly (readonly [given: string, rewritten: string, ...opened: string[]])[] = [
  [
    '-netdev tap,id=n,ifname=t0,script=no,downscript=no',
    '-netdev type=tap,id=n,fd=100',
    '100 tap t0',
  ],
  ['-S -netdev tap,id=n -m 64', '-S -netdev type=tap,id=n,fd=100 -m 64', '100 tap tap%d'],
  [
    '--netdev bridge,id=n -nic bridge,br=b1,model=e1000',
    '-netdev type=tap,id=n,fd=100 -nic type=tap,model=e1000,fd=101',
    '100 tap tap%d on br0',
    '101 tap tap%d on b1',
  ],
  ['-net tap,br=b1', '-net type=tap,fd=100', '100 tap tap%d on b1'],
  [
    '-netdev tap,id=n,queues=2,vhost=on',
    '-netdev type=tap,id=n,vhost=on,fds=100:101,vhostfds=102:103',
    '100 tap tap%d 0/2',
    '101 tap tap%d 1/2',
    '102 vhost-net',
    '103 vhost-net',
  ],
  [
    '-netdev {"type":"tap","id":"n","vhost":true,"vnet_hdr":false,"ifname":"a,b"}',
    '-netdev type=tap,id=n,vhost=on,fd=100,vhostfd=101',
    '100 tap a,b plain',
    '101 vhost-net',
  ],
  [
    '-netdev tap,id=n,vhost=on,vhostfd=100 -add-fd fd=101,set=1',
    '-netdev type=tap,id=n,vhost=on,vhostfd=100,fd=102 -add-fd fd=101,set=1',
    '102 tap tap%d',
  ],
  ['-netdev tap,id=n,fd=7', '-netdev tap,id=n,fd=7'],
  ['-netdev user,id=n', '-netdev user,id=n'],
];

for (const [given, rewritten, ...opened] of passed) {
  test(`handed over: ${given}`, () => {
    const { handed, findings } = parse(given, 'descriptors');
    assert.deepEqual(findings, []);
    assert.equal(handed.argv.join(' '), rewritten);
    const found = handed.descriptors.map((each) => {
      if (each.source !== 'tap') return `${each.number} ${each.source}`;
      const { number, source, bridge, queue, queues, header } = each;
      const on = bridge === null ? '' : ` on ${bridge}`;
      const of = queues === 1 ? '' : ` ${queue}/${queues}`;
      return `${number} ${source} ${each.interface}${on}${of}${header ? '' : ' plain'}`;
    });
    assert.deepEqual(found, opened);
  });
}

for (const [given, rewritten, ...taps] of [
  [
    '-netdev bridge,id=n',
    '-netdev type=tap,id=n,ifname=tap1,script=no,downscript=no',
    { interface: 'tap1', bridge: 'br0', queues: 1, header: true },
  ],
  [
    '-nic tap,ifname=x,queues=2,vnet_hdr=off,script=no,vhost=on,model=e1000',
    '-nic type=tap,vhost=on,model=e1000,ifname=x,script=no,downscript=no,vnet_hdr=off,queues=2',
    { interface: 'x', bridge: null, queues: 2, header: false },
  ],
] as const) {
  test(`an interface that stays: ${given}`, () => {
    const { handed, findings, paths } = parse(given, 'persistent', { '/sys/class/net/tap0': '' });
    assert.deepEqual([findings, handed.descriptors], [[], []]);
    assert.equal(handed.argv.join(' '), rewritten);
    assert.deepEqual(handed.taps, taps);
    assert.ok(
      paths.every((path) => path.passed === undefined),
      'QEMU opens it',
    );
  });
}

test('what is handed over QEMU does not open', () => {
  const { paths } = parse('-netdev tap,id=n,vhost=on', 'descriptors');
  assert.deepEqual(paths.map(brief), [
    '/dev/net/tun device-node rw',
    '/dev/vhost-net device-node rw',
  ]);
  assert.ok(paths.every((path) => path.passed === true));
});

test('what another argument opens by itself QEMU must be able to open', () => {
  const { paths } = parse('-netdev tap,id=n -chardev serial,id=c,path=/dev/net/tun', 'descriptors');
  assert.deepEqual(
    paths.map(({ passed: isPassed }) => isPassed),
    [undefined],
  );
});

const program = "would run with root's rights or be of no use without them";
for (const [line, ...findings] of [
  ['-netdev tap,id=n,script=/up', `-netdev: script=/up ${program}`],
  [
    '-nic tap,script=no,downscript=d,helper=/h',
    `-nic: downscript=d ${program}`,
    `-nic: helper=/h ${program}`,
  ],
  ['-netdev bridge,id=n,helper=/h', `-netdev: helper=/h ${program}`],
  ['-netdev tap,id=n,ifname=', undefined],
  ['-netdev tap,id=n,ifname=a/b', '-netdev: ifname=a/b is no name of a network interface'],
  ['-netdev tap,id=n,ifname=..', '-netdev: ifname=.. is no name of a network interface'],
  ['-netdev tap,id=n,ifname=a:1', '-netdev: ifname=a:1 is no name of a network interface'],
  ['-netdev tap,id=n,ifname=a%s', '-netdev: ifname=a%s is no name of a network interface'],
  ['-netdev tap,id=n,ifname=%d%d', '-netdev: ifname=%d%d is no name of a network interface'],
  ['-netdev tap,id=n,ifname=é', '-netdev: ifname=é is no name of a network interface'],
  [
    '-netdev tap,id=n,ifname=sixteen-letters-',
    '-netdev: ifname=sixteen-letters- is no name of a network interface',
  ],
  ['-netdev bridge,id=n,br=b%d', '-netdev: br=b%d is no name of a network interface'],
  ['-netdev tap,id=n,queues=0', '-netdev: queues=0 is no number from 1 to 1024'],
  ['-netdev tap,id=n,queues=1025', '-netdev: queues=1025 is no number from 1 to 1024'],
  ['-netdev tap,id=n,vnet_hdr=x', "-netdev: vnet_hdr is on or off, not 'x'"],
  [
    '-netdev tap,id=n -set netdev.n.ifname=x',
    '-netdev: the launcher must rewrite this argument, and it stands in a file or is changed by -set',
  ],
] as const) {
  test(`refused: ${line}`, () => {
    const found = parse(line, 'descriptors').findings.map(({ message }) => message);
    assert.deepEqual(
      found,
      findings.filter((finding) => finding !== undefined),
    );
  });
}

test('a tap in a file of arguments cannot be rewritten', () => {
  const { findings } = parseQemuArguments(['-readconfig', 'f'], {
    directory: '/vm',
    allowed: [],
    handing: 'descriptors',
    readConfig: () => '[netdev "n"]\ntype = "tap"\n',
  });
  assert.match(findings[0]?.message ?? '', /^-netdev: the launcher must rewrite this argument/);
});

test('the script that QEMU would run by default is said to be left out', () => {
  const files = { '/etc/qemu-ifup': '' };
  const codesOf = (line: string) =>
    parse(line, 'descriptors', files).findings.map(({ code }) => code);
  assert.deepEqual(codesOf('-netdev tap,id=n'), ['VP_WARN_SCRIPT']);
  assert.deepEqual(codesOf('-netdev tap,id=n,script=no'), []);
  assert.deepEqual(codesOf('-netdev bridge,id=n'), []);
});

test('numbers that are open already are not given again', () => {
  const { handed } = parseQemuArguments(words('-nic tap -nic tap'), {
    directory: '/vm',
    allowed: [],
    handing: 'descriptors',
    isOpen: (number) => number === 101,
  });
  assert.deepEqual(
    handed.descriptors.map(({ number }) => number),
    [100, 102],
  );
});
