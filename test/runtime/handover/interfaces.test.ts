import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, listReports, makeSite, paused, siteWords, start } from '../../support/launcher.ts';
import { inNetwork, needsNetwork } from '../../support/network.ts';

const bridge = 'ip link add br0 type bridge\nip link set br0 mtu 1400 up';

const existing = 'exists and is no tap';
const refusals: readonly (readonly [words: string, before: string, message: string])[] = [
  ['tap,ifname=br0', 'true', `the interface br0 ${existing}`],
  ['tap,ifname=lo', 'true', `the interface lo ${existing}`],
  ['tap,ifname=v0', 'ip link add v0 type veth', `the interface v0 ${existing}`],
  ['tap,ifname=t', 'ip tuntap add t mode tun', `the interface t ${existing}`],
  ['tap,ifname=t', 'ip tuntap add t mode tap user 4242', 'the interface t belongs to user 4242'],
  ['tap,ifname=t', 'ip tuntap add t mode tap group 4242', 'the interface t belongs to group 4242'],
  [
    'tap,ifname=t',
    'ip tuntap add t mode tap multi_queue',
    'the interface t was made for several queues',
  ],
  ['tap,ifname=t,queues=2', 'ip tuntap add t mode tap', 'the interface t was made for one queue'],
  [
    'tap,ifname=t,br=br0',
    'ip tuntap add t mode tap',
    'the interface t exists and is no port of br0',
  ],
  ['bridge,br=br7', 'true', 'there is no bridge br7'],
  ['bridge,br=lo', 'true', 'lo is a network card, and no bridge'],
  ['bridge,br=v0', 'ip link add v0 type veth', 'v0 is of kind veth, and no bridge'],
];

for (const [words, before, message] of refusals) {
  test(`${message}: refused before anything is done`, needsNetwork, (context) => {
    const site = makeSite(context);
    const wrapper = inNetwork(`${bridge}\n${before}`);
    const all = siteWords(site, 'run', '--', ...paused, '-netdev', `${words},id=n`);
    const { status, stderr } = call(all, { wrapper });
    assert.equal(status, 125);
    assert.match(stderr, new RegExp(`^qemu-launch: error: ${message}$`, 'm'));
    assert.deepEqual(listReports(site), []);
  });
}

test(
  'an interface that another program has open is not taken from it',
  needsNetwork,
  async (context) => {
    const site = makeSite(context);
    const words = [...paused, '-netdev', 'tap,id=n,ifname=t0,script=no'];
    const first = await start(
      context,
      site,
      'x',
      words,
      [],
      inNetwork('ip tuntap add t0 mode tap'),
    );
    const wrapper = ['nsenter', `--net=/proc/${first.pid}/ns/net`];
    const { status, stderr } = call(siteWords(site, 'run', '--name', 'y', '--', ...words), {
      wrapper,
    });
    assert.equal(status, 125);
    assert.match(stderr, /cannot make or join the interface t0: another program uses it/);
    assert.deepEqual(
      listReports(site).map(({ name }) => name),
      ['x'],
    );
  },
);
