import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { call, emulator, makeSite, paused, siteWords, start, target } from '../support/launcher.ts';
import {
  inNetwork,
  type Link,
  linksOf,
  makeNetwork,
  needsNetwork,
  ping,
  runIn,
} from '../support/network.ts';
import { amidTrixie, needsNewerQemu } from '../support/newer-qemu.ts';

const bridge = 'ip link add br0 type bridge\nip link set br0 mtu 1400 up';

interface Case {
  readonly words: readonly string[];
  /** What stands there before. */
  readonly before?: string;
  /** What the kernel then says of the interfaces beside the bridge. */
  readonly links: readonly string[];
}

const cases: readonly Case[] = [
  { words: ['-netdev', 'bridge,id=n,br=br0'], links: ['tap0 UP 1400 br0 one header fe'] },
  { words: ['-nic', 'bridge,model=virtio-net-pci'], links: ['tap0 UP 1400 br0 one header fe'] },
  { words: ['-net', 'bridge,br=br0'], links: ['tap0 UP 1400 br0 one header fe'] },
  {
    words: ['-netdev', 'tap,id=n,ifname=guest0,script=no,downscript=no'],
    links: ['guest0 UP 1500 - one header'],
  },
  {
    words: ['-netdev', 'tap,id=n,br=br0,vnet_hdr=off,script=no'],
    links: ['tap0 UP 1400 br0 one - fe'],
  },
  {
    words: ['-netdev', 'tap,id=n,ifname=multi,queues=4', '-device', 'virtio-net,netdev=n,mq=on'],
    links: ['multi UP 1500 - 4 header'],
  },
  {
    words: [
      '-netdev',
      '{"type":"tap","id":"n","ifname":"a","sndbuf":1048576}',
      '-nic',
      'tap,br=br0',
    ],
    links: ['a UP 1500 - one header', 'tap0 UP 1400 br0 one header fe'],
  },
  {
    // As an administrator makes it for a QEMU of root's; what it is like is not changed.
    before: 'ip tuntap add mine mode tap',
    words: ['-netdev', 'tap,id=n,ifname=mine,script=no,downscript=no'],
    links: ['mine - 1500 - one header stays'],
  },
  {
    before: `ip tuntap add mine mode tap user ${target.uid} multi_queue\nip link set mine master br0 up`,
    words: ['-netdev', 'tap,id=n,ifname=mine,queues=2,br=br0'],
    links: ['mine UP 1500 br0 2 header stays'],
  },
];

for (const { words, links, before = '' } of cases) {
  test(
    `an unprivileged QEMU has ${links.join(' and ')}: ${words.join(' ')}`,
    needsNetwork,
    async (context) => {
      const site = makeSite(context);
      const wrapper = inNetwork(`${bridge}\n${before}`);
      const { launcher, pid, ended, stderr } = await start(
        context,
        site,
        'x',
        [...paused, ...words],
        [],
        wrapper,
      );
      const found = () =>
        linksOf(launcher.pid ?? 0)
          .filter(({ ifname }) => ifname !== 'br0')
          .map(describe);
      assert.deepEqual(found(), links);
      process.kill(pid, 'SIGTERM');
      assert.equal(await ended, 0, stderr());
    },
  );
}

function describe({ ifname, flags, mtu, master, address, linkinfo }: Link): string {
  const facts = linkinfo?.info_data ?? {};
  return [
    ifname,
    flags.includes('UP') ? 'UP' : '-',
    mtu,
    master ?? '-',
    facts['multi_queue'] === true ? queues(facts) : 'one',
    facts['vnet_hdr'] === true ? 'header' : '-',
    ...(address.startsWith('fe:') && facts['persist'] !== true ? ['fe'] : []),
    ...(facts['persist'] === true ? ['stays'] : []),
  ].join(' ');
}

// Those that the guest has not asked for yet are disabled.
function queues(facts: Readonly<Record<string, unknown>>): number {
  return Number(facts['numqueues'] ?? 0) + Number(facts['numdisabled'] ?? 0);
}

test(
  'the interface goes when QEMU goes, killed or not, and not before',
  needsNetwork,
  async (context) => {
    const site = makeSite(context);
    const { pid: network, wrapper } = await makeNetwork(context);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const words = [...paused, '-netdev', 'tap,id=n,ifname=t0,script=no'];
      const { pid, ended } = await start(context, site, 'x', words, [], wrapper);
      assert.deepEqual(
        linksOf(network).map(({ ifname }) => ifname),
        ['t0'],
      );
      process.kill(pid, signal);
      await ended;
      assert.deepEqual(linksOf(network), []);
    }
  },
);

test(
  'packets pass from one interface of an unprivileged QEMU to the other',
  needsNetwork,
  async (context) => {
    const site = makeSite(context);
    const tap = (id: string) => ['-netdev', `tap,id=${id},ifname=${id},script=no,downscript=no`];
    const hub = (id: string) => ['-netdev', `hubport,id=h${id},hubid=0,netdev=${id}`];
    const words = [emulator, '-M', 'microvm', '-display', 'none', '-nodefaults', '-m', '64'];
    const all = [...words, ...tap('left'), ...tap('right'), ...hub('left'), ...hub('right')];
    const { pid } = await start(context, site, 'x', all, [], inNetwork('ip link set lo up'));
    const { pid: other } = await makeNetwork(context);
    runIn(pid, 'ip', 'link', 'set', 'right', 'netns', String(other));
    runIn(pid, 'ip', 'address', 'add', '10.9.0.1/24', 'dev', 'left');
    runIn(other, 'ip', 'address', 'add', '10.9.0.2/24', 'dev', 'right');
    runIn(other, 'ip', 'link', 'set', 'right', 'up');
    assert.match(ping(pid, '10.9.0.2'), / [12] received/);
  },
);

test('without CAP_NET_ADMIN it is said before anything is done', needsNetwork, (context) => {
  const site = makeSite(context);
  const wrapper = ['setpriv', '--bounding-set=-net_admin'];
  const all = siteWords(site, 'run', '--', ...paused, '-nic', 'tap,ifname=t0');
  const { status, stderr } = call(all, { wrapper });
  assert.equal(status, 125);
  assert.match(stderr, /error: to make the interface t0 takes CAP_NET_ADMIN$/m);
});

test('vhost without its node is refused by name', needsNetwork, (context) => {
  if (existsSync('/dev/vhost-net')) return context.skip('/dev/vhost-net is there');
  const words = [...paused, '-netdev', 'tap,id=n,vhost=on,script=no'];
  const { status, stderr } = call(siteWords(makeSite(context), 'run', '--', ...words));
  assert.equal(status, 125);
  assert.match(stderr, /error: \/dev\/vhost-net does not exist\n.*hint: load the kernel module/);
});

const quit = '{"execute":"qmp_capabilities"}{"execute":"query-rx-filter"}{"execute":"quit"}';

test('exec becomes a QEMU with its interface as well', needsNetwork, (context) => {
  const words = [...paused, '-nic', 'bridge,model=virtio-net-pci', '-qmp', 'stdio'];
  const all = siteWords(makeSite(context), 'exec', '--', ...words);
  const { status, stdout, stderr } = call(all, { wrapper: inNetwork(bridge), input: quit });
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /"main-mac"/);
});

test('QEMU 10 takes the rewritten arguments', needsNewerQemu, (context) => {
  const networks = [
    ...['-nic', 'bridge,model=virtio-net-pci'],
    ...['-netdev', 'tap,id=n,queues=2', '-device', 'virtio-net-pci,netdev=n'],
    ...['-netdev', '{"type":"tap","id":"m","ifname":"x"}'],
  ];
  const words = siteWords(makeSite(context), 'exec', '--', ...paused, '-qmp', 'stdio', ...networks);
  const wrapper = amidTrixie(context, bridge);
  const { status, stdout, stderr } = call(words, { wrapper, input: quit });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /"major": 10\b.*"main-mac"/s);
});

test(
  'an interface that was made for a VM is that VM’s alone, whatever its queues',
  needsNetwork,
  async (context) => {
    const site = makeSite(context);
    const { wrapper } = await makeNetwork(context);
    const words = [...paused, '-netdev', 'tap,id=n,ifname=t0,queues=2,script=no'];
    const second = (command: string) =>
      call(siteWords(site, command, '--name', 'second', '--', ...words), { wrapper });
    const { pid, ended } = await start(context, site, 'first', words, [], wrapper);
    for (const command of ['plan', 'run', 'exec', 'prepare']) {
      const { status, stderr } = second(command);
      assert.equal(status, command === 'plan' ? 3 : 125, command);
      const message = `the interface t0 is in use by the VM first (pid ${pid})`;
      assert.ok(stderr.includes(message), `${command}: ${stderr}`);
    }
    assert.equal(existsSync(`${site.run}/second`), false);
    process.kill(pid, 'SIGKILL');
    await ended;
    const { pid: next, ended: over } = await start(context, site, 'second', words, [], wrapper);
    process.kill(next, 'SIGKILL');
    await over;
  },
);
