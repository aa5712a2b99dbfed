import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  awaitReady,
  call,
  listReports,
  makeSite,
  paused,
  siteWords,
  target,
} from '../../support/launcher.ts';
import { executorPath } from '../../support/native.ts';
import { linksOf, makeNetwork, needsNetwork, runIn } from '../../support/network.ts';
import { startPrepared } from '../../support/service.ts';

const words = [
  ...paused,
  '-nic',
  'bridge,br=br0,model=virtio-net-pci',
  '-nic',
  'tap,ifname=multi,queues=2',
];

test(
  'a service has interfaces of its user from prepare to restore',
  needsNetwork,
  async (context) => {
    const site = makeSite(context);
    const { pid: network, wrapper } = await makeNetwork(context);
    runIn(network, 'ip', 'link', 'add', 'br0', 'type', 'bridge');
    const all = siteWords(site, 'prepare', '--name', 'web', '--', ...words);
    const { status, stderr } = call(all, { wrapper });
    assert.equal(status, 0, stderr);
    const links = linksOf(network).filter(({ ifname }) => ifname !== 'br0');
    assert.deepEqual(
      links.map(({ ifname, master, flags, linkinfo }) => {
        const { persist, user } = linkinfo?.info_data ?? {};
        return [ifname, master, flags.includes('UP'), persist, user];
      }),
      [
        ['tap0', 'br0', true, true, target.uid],
        ['multi', undefined, true, true, target.uid],
      ],
    );
    const qemu = startPrepared(context, site, 'web', [
      ...wrapper,
      executorPath,
      `${site.run}/web.plan`,
    ]);
    await awaitReady(qemu.pid);
    assert.match(
      readFileSync(`/proc/${qemu.pid}/status`, 'utf8'),
      new RegExp(`Uid:\\s+${target.uid}`),
    );
    const carried = linksOf(network).filter(({ flags }) => flags.includes('LOWER_UP'));
    assert.deepEqual(carried.map(({ ifname }) => ifname).sort(), ['multi', 'tap0']);
    qemu.process.kill('SIGTERM');
    await qemu.ended;
    assert.equal(linksOf(network).length, 3, 'they stay until they are given back');
    assert.equal(call(siteWords(site, 'restore', 'web'), { wrapper }).status, 0);
    assert.deepEqual(
      linksOf(network).map(({ ifname }) => ifname),
      ['br0'],
    );
    assert.deepEqual(listReports(site), []);
  },
);

test('what an administrator has made stays after restore', needsNetwork, async (context) => {
  const site = makeSite(context);
  const { pid: network, wrapper } = await makeNetwork(context);
  runIn(network, 'ip', 'tuntap', 'add', 't0', 'mode', 'tap', 'user', String(target.uid));
  const tap = [...paused, '-nic', 'tap,ifname=t0'];
  assert.equal(
    call(siteWords(site, 'prepare', '--name', 'web', '--', ...tap), { wrapper }).status,
    0,
  );
  call(siteWords(site, 'restore', 'web'), { wrapper });
  assert.deepEqual(
    linksOf(network).map(({ ifname }) => ifname),
    ['t0'],
  );
});

test(
  'a prepare that fails after it has made an interface leaves none',
  needsNetwork,
  async (context) => {
    const site = makeSite(context);
    const { pid: network, wrapper } = await makeNetwork(context);
    const twice = [...paused, '-nic', 'tap,ifname=t0', '-nic', 'tap,ifname=t0'];
    const all = siteWords(site, 'prepare', '--name', 'web', '--', ...twice);
    const { status, stderr } = call(all, { wrapper });
    assert.equal(status, 125);
    assert.match(stderr, /cannot make or join the interface t0: another program uses it/);
    assert.deepEqual([linksOf(network), listReports(site)], [[], []]);
  },
);
