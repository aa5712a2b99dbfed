import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { type Attempt, adviseRefusedKvm } from '../../../src/verify/doctor/refused-kvm.ts';
import type { KvmProbe } from '../../../src/verify/probe-kvm.ts';
import { bareMetal, groupNode } from '../../support/surroundings.ts';

const { EACCES, EBUSY, EINVAL, EMFILE, ENODEV, ENOENT, ENOMEM, ENOTTY, ENXIO, EPERM } =
  constants.errno;
const again = 'remove it and load the module again: the node of KVM is a character device, 10:232';
const worldNode = { ...groupNode, isForGroup: false };
const noKvm = { hasModule: false, missing: { reason: 'no module', hint: 'load it' } };

function probeOf(step: KvmProbe['step'], error: number, number = 0): Pick<Attempt, 'probe'> {
  return { probe: { step, error, number, text: 'words of the kernel' } };
}

for (const [name, place, attempt, reason, hint] of [
  ['no node', {}, probeOf('open', ENOENT), 'nobody has made it', 'make it'],
  [
    'no node any more',
    {},
    { ...probeOf('open', EACCES), node: null },
    'nobody has made it',
    'make it',
  ],
  [
    'a wrong mode',
    {},
    { ...probeOf('open', EACCES), isNodeRight: false },
    'its owner and mode forbid it',
    'provision apply --only device',
  ],
  [
    'no member',
    {},
    probeOf('open', EACCES),
    'user alice is not in the group kvm',
    'usermod --append --groups kvm alice; it counts from the next login on',
  ],
  [
    'neither owner nor mode',
    {},
    { ...probeOf('open', EACCES), node: worldNode },
    'its mode allows it: a security module or a directory on the way forbids it',
    'see the audit log (ausearch -m avc, or dmesg), and the mode of /dev',
  ],
  [
    'the device controller of a service',
    {},
    probeOf('open', EPERM),
    'a device controller forbids it',
    'DeviceAllow=/dev/kvm rw in the service that this was started from',
  ],
  [
    'the device controller of a container',
    { container: 'docker' },
    probeOf('open', EPERM),
    'the device controller of the container forbids it',
    'start it with --device /dev/kvm; a mere bind of the node is not enough',
  ],
  ['a node without a device', {}, probeOf('open', ENXIO), 'the node stands for no device', again],
  [
    'a node without a module',
    noKvm,
    probeOf('open', ENODEV),
    'no KVM is behind the node: no module',
    'load it',
  ],
  [
    'anything else',
    {},
    probeOf('open', EMFILE),
    'words of the kernel',
    'the kernel log may say more',
  ],
  ['no device', {}, probeOf('device', 0, 32768), 'what stands there is not KVM', again],
  ['another device', {}, probeOf('version', ENOTTY), 'what stands there is not KVM', again],
  [
    'another interface',
    {},
    probeOf('version', 0, 11),
    'its interface has version 11, not 12',
    'QEMU needs a kernel from Linux 2.6.22 on',
  ],
  [
    'another hypervisor',
    {},
    probeOf('create', EBUSY),
    'the device opens, and the kernel makes no guest: another hypervisor has the processor',
    'end the guests of VirtualBox or VMware, or unload their modules',
  ],
  [
    'no memory',
    {},
    probeOf('create', ENOMEM),
    'the device opens, and the kernel makes no guest: no memory',
    'see memory.max of the control group',
  ],
  [
    'no guest for another reason',
    {},
    probeOf('create', EINVAL),
    'the device opens, and the kernel makes no guest',
    'the kernel log says why',
  ],
] as const) {
  test(`refused: ${name}`, () => {
    const whole = { user: 'alice', node: groupNode, isNodeRight: true, ...attempt };
    assert.deepEqual(adviseRefusedKvm({ ...bareMetal, ...place }, whole), { reason, hint });
  });
}
