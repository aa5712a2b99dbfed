import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkQemuConf } from '../../../src/verify/checks/qemu-conf.ts';
import type { ConfView, HostView } from '../../../src/verify/host-view.ts';
import { hostView, liveView, site } from '../../support/host-view.ts';
import { policyOf } from '../../support/provision.ts';

const { conf } = hostView;
const danger = 'a guest that breaks out of QEMU owns the host';
const rootPolicy = policyOf('fedora-44', 'qemu_conf: { user: root, group: root }\n').policy;
const wayBack =
  'take qemu_conf.user and qemu_conf.group out of the policy, then: provision apply --restart';
const good = ['pass', 'QEMU runs as user qemu, group qemu', ''];
const stale = { name: 'libvirtd', pid: 12, unit: 'libvirtd.service', isStale: true };

function check(view: Partial<ConfView>, host: Partial<HostView> = {}) {
  return checkQemuConf({ ...site, host: { ...hostView, conf: { ...conf, ...view }, ...host } });
}

for (const [name, view, host, expected] of [
  ['as the policy says', {}, {}, good],
  ['silent: the defaults are as the policy says', { text: '' }, {}, good],
  [
    'silent: another default',
    { text: '', defaults: { user: 'root', group: 'root', of: 'libvirt' } },
    {},
    [
      'fail',
      `QEMU runs as root (the default of libvirt), the policy says qemu: ${danger}`,
      'provision apply --restart',
    ],
  ],
  [
    'root, against the policy',
    { text: 'user = "root"\n' },
    {},
    [
      'fail',
      `QEMU runs as root (/etc/libvirt/qemu.conf:1), the policy says qemu: ${danger}`,
      'provision apply --restart',
    ],
  ],
  [
    'root by number',
    { text: '\nuser = "+0"\n' },
    {},
    [
      'fail',
      `QEMU runs as root (/etc/libvirt/qemu.conf:2), the policy says qemu: ${danger}`,
      'provision apply --restart',
    ],
  ],
  [
    'an identity that leaves root',
    { text: 'user = "-1"\n' },
    {},
    [
      'fail',
      `QEMU runs as root (/etc/libvirt/qemu.conf:1), the policy says qemu: ${danger}`,
      'provision apply --restart',
    ],
  ],
  [
    'root, as the policy says',
    { text: 'user = "root"\ngroup = "root"\n' },
    { policy: rootPolicy },
    ['warn', `QEMU runs as root, as the policy says: ${danger}`, wayBack],
  ],
  [
    'another account that exists',
    { text: 'user = "107"\ngroup = "kvm"\n' },
    {},
    [
      'fail',
      '/etc/libvirt/qemu.conf is not as the policy says: user = "qemu"',
      'provision apply --restart',
    ],
  ],
  [
    'an account that nobody has',
    { text: 'user = "vm"\n' },
    {},
    [
      'fail',
      'there is no user vm (/etc/libvirt/qemu.conf:1): libvirt does not start with it',
      'provision apply, or name an account that exists',
    ],
  ],
  [
    'a key of the policy that is switched off',
    { text: 'dynamic_ownership = 0\n' },
    {},
    [
      'fail',
      '/etc/libvirt/qemu.conf is not as the policy says: dynamic_ownership = 1',
      'provision apply --restart',
    ],
  ],
  [
    'a file that libvirt refuses',
    { text: 'user = qemu\n' },
    {},
    [
      'fail',
      'libvirt does not start with /etc/libvirt/qemu.conf: configuration file syntax error: /etc/libvirt/qemu.conf:1: expecting a value',
      'libvirt refuses this file too; a value is "text", a number, or a [list] of them',
    ],
  ],
  [
    'something dangerous',
    { text: 'seccomp_sandbox = 0\n' },
    {},
    ['warn', 'QEMU runs without its system call filter', 'leave seccomp_sandbox out'],
  ],
  [
    'a daemon that has not read it yet',
    {},
    { live: { ...liveView, daemons: [stale] } },
    [
      'warn',
      'libvirtd (process 12) started before qemu.conf was written',
      'systemctl restart libvirtd.service; running guests go on',
    ],
  ],
  [
    'a daemon of no service that has not read it yet',
    {},
    { live: { ...liveView, daemons: [{ ...stale, unit: null }] } },
    [
      'warn',
      'libvirtd (process 12) started before qemu.conf was written',
      'end it (kill 12) and start it as it was started; running guests go on',
    ],
  ],
  [
    'no right to read it',
    { state: 'hidden', text: '' },
    {},
    ['skip', 'only root may read /etc/libvirt/qemu.conf', 'run it as root'],
  ],
  [
    'something else in its place',
    { state: 'obstacle', text: '' },
    {},
    ['fail', '/etc/libvirt/qemu.conf is no regular file', 'move it out of the way'],
  ],
  [
    'neither file nor libvirt',
    { state: 'absent', text: '' },
    {},
    [
      'skip',
      'neither /etc/libvirt/qemu.conf nor a daemon of libvirt is here',
      'install libvirt, or `provision apply`: qemu-launch reads that file too',
    ],
  ],
  ['an image without the file', { state: 'absent', text: '' }, { live: null }, good],
] as const) {
  test(`qemu.conf: ${name}`, async () => {
    const { status, summary, hint } = await check(view, host);
    assert.deepEqual([status, summary, hint], expected);
  });
}

test('the evidence says where each value is from', async () => {
  const { evidence } = await check({ text: 'user = "qemu"\n' });
  assert.deepEqual(evidence, [
    'user qemu (107), by /etc/libvirt/qemu.conf:1',
    'group qemu (107), by the default of fedora-44',
  ]);
});
