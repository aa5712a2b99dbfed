import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviseMissingNode } from '../../../src/verify/doctor/missing-node.ts';
import { bareMetal } from '../../support/surroundings.ts';

const ban = { module: 'kvm_intel', place: '/etc/modprobe.d/no-kvm.conf:3' };
const noKvm = {
  hasModule: false,
  missing: { reason: 'the module is not loaded', hint: 'load it' },
};

for (const [name, difference, reason, hint] of [
  ['bare metal', {}, 'nobody has made it', 'make it'],
  ['missing module', noKvm, 'the module is not loaded', 'load it'],
  [
    'module blacklisted',
    { ...noKvm, ban },
    '/etc/modprobe.d/no-kvm.conf:3 keeps the module kvm_intel from being loaded',
    'take that out, then: modprobe kvm_intel',
  ],
  [
    'docker',
    { container: 'docker' },
    'this is a container (docker) that was not given the node',
    'start it with docker run --device /dev/kvm',
  ],
  [
    'podman',
    { container: 'podman' },
    'this is a container (podman) that was not given the node',
    'start it with podman run --device /dev/kvm',
  ],
  [
    'another container',
    { container: 'unknown' },
    'this is a container (unknown) that was not given the node',
    'have the container manager give it /dev/kvm when it starts',
  ],
  [
    'a container on a host without KVM',
    { container: 'podman', ...noKvm },
    'this is a container (podman), and the kernel of its host has no KVM',
    'on the host: load it',
  ],
  [
    'a container of a CI job',
    { container: 'docker', runner: 'GitLab CI' },
    'this is a container (docker) that was not given the node, in a job of GitLab CI',
    'give the jobs\' containers the node: devices = ["/dev/kvm"] below [runners.docker] in the config.toml of the runner',
  ],
  [
    'a container of another CI job',
    { container: 'docker', runner: 'Jenkins' },
    'this is a container (docker) that was not given the node, in a job of Jenkins',
    "give the jobs' containers the node: options --device /dev/kvm of the container",
  ],
  [
    'a CI runner that is a machine',
    { runner: 'GitHub Actions', ...noKvm },
    'this machine runs jobs of GitHub Actions, and it has no KVM',
    'choose a runner whose machine has nested virtualisation or is no guest; without KVM, QEMU emulates (-accel tcg)',
  ],
  [
    'chroot',
    { isChroot: true },
    'this is a chroot whose /dev lacks it',
    'bind the /dev of the host into it (mount --rbind /dev ROOT/dev), or run this on the host',
  ],
  [
    'WSL',
    { isWsl: true, ...noKvm },
    'this is WSL, and its machine has no nested virtualisation',
    'nestedVirtualization=true below [wsl2] in .wslconfig of the Windows user, then wsl --shutdown; it needs Windows 11 and WSL 2',
  ],
  ['WSL whose kernel has KVM', { isWsl: true }, 'nobody has made it', 'make it'],
  ['a place that cannot be told', { isChroot: null }, 'nobody has made it', 'make it'],
] as const) {
  test(`no node: ${name}`, () => {
    assert.deepEqual(adviseMissingNode({ ...bareMetal, ...difference }), { reason, hint });
  });
}
