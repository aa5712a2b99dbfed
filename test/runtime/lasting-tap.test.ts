import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listReports, makeSite, paused, start } from '../support/launcher.ts';
import { linksOf, makeNetwork, needsNetwork, runIn } from '../support/network.ts';

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
    const network = await makeNetwork(context);
    const wrapper = ['nsenter', `--net=/proc/${network}/ns/net`];
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
