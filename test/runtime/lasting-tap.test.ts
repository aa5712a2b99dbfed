import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listReports, makeSite, paused, start } from '../support/launcher.ts';
import { linksOf, makeNetwork, needsNetwork, runIn } from '../support/network.ts';
import { askInCell, askNaively, buildProbe } from '../support/probe.ts';

// TUNSETPERSIST, on a descriptor of another process: whoever has one may.
const letStay = `
import ctypes, fcntl, os, sys
fd = ctypes.CDLL(None).syscall(438, os.pidfd_open(int(sys.argv[1])), int(sys.argv[2]), 0)
fcntl.ioctl(fd, 0x400454cb, 1)
`;

test(
  'an interface that somebody lets stay goes with QEMU all the same; one that was there does not',
  needsNetwork,
  async (context) => {
    const site = makeSite(context);
    const { pid: network, wrapper } = await makeNetwork(context);
    runIn(network, 'ip', 'tuntap', 'add', 't1', 'mode', 'tap');
    const tap = (name: string) => ['-netdev', `tap,id=${name},ifname=${name},script=no`];
    const words = [...paused, ...tap('t0'), ...tap('t1')];
    const { pid, ended } = await start(context, site, 'x', words, [], wrapper);
    for (const number of ['100', '101'])
      runIn(network, '/usr/bin/python3', '-c', letStay, String(pid), number);
    process.kill(pid, 'SIGKILL');
    await ended;
    assert.deepEqual(
      linksOf(network).map(({ ifname }) => ifname),
      ['t1'],
    );
    assert.deepEqual(listReports(site), []);
  },
);

// As the launcher hands one over.
const openTap = `
import fcntl, os, struct, sys
fd = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack('16sH22x', b't0', 0x1002))
os.dup2(fd, 100)
os.execvp(sys.argv[1], sys.argv[1:])
`;

test(
  'QEMU cannot let its interface stay or give it away; without the filter it could',
  needsNetwork,
  async (context) => {
    const site = makeSite(context);
    const probe = buildProbe(site);
    const { pid: network, wrapper } = await makeNetwork(context);
    const changes = ['tap-stay', 'tap-owner', 'tap-group'];
    const attempts = changes.map((each) => `${each} 100`);
    const words = ['-netdev', 'tap,id=n,ifname=t0,script=no'];
    assert.deepEqual(
      askInCell(site, probe, attempts, { words, wrapper }),
      changes.map((each) => `${each} EPERM`),
    );
    assert.deepEqual(linksOf(network), []);
    const holder = [...wrapper, '/usr/bin/python3', '-c', openTap];
    assert.deepEqual(
      askNaively(probe, attempts, { wrapper: holder }),
      changes.map((each) => `${each} ok`),
    );
    assert.equal(linksOf(network).length, 1);
  },
);
