import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviseWrongNode } from '../../../src/verify/doctor/wrong-node.ts';
import { bareMetal, groupNode } from '../../support/surroundings.ts';

const stray = '/etc/udev/rules.d/99-kvm4all.rules:2: MODE="0666" counts for /dev/kvm';
const onHost = "run `provision apply --only device` on the host: the node is the host's";

for (const [name, place, node, hint] of [
  ['bare metal', {}, {}, 'provision apply --only device'],
  [
    'a stray rule',
    {},
    { strays: [stray, 'another'] },
    `take that line out or make it agree, then: provision apply --only device (${stray})`,
  ],
  [
    'gid mismatch in docker',
    { container: 'docker' },
    { gid: 994 },
    "the host's group has gid 994: start it with docker run --group-add 994, or groupmod --gid 994 kvm in the container",
  ],
  [
    'gid mismatch in another container',
    { container: 'lxc' },
    { gid: 994, wantedGid: null },
    "the host's group has gid 994: groupmod --gid 994 kvm in the container, or mode 0666 on the host",
  ],
  ['a container with the right gid', { container: 'podman' }, {}, onHost],
  ['a container, and a stray rule in it', { container: 'podman' }, { strays: [stray] }, onHost],
  [
    'a container whose node is nobody’s',
    { container: 'lxc' },
    { gid: 0, isForGroup: false },
    onHost,
  ],
  ['chroot', { isChroot: true }, { strays: [stray] }, onHost],
  [
    'CI runner',
    { runner: 'GitHub Actions' },
    {},
    'in the job, before anything uses it: sudo provision apply --only accounts,device',
  ],
  [
    'WSL without systemd',
    { isWsl: true, hasSystemd: false },
    {},
    'command = provision apply --only device below [boot] in /etc/wsl.conf: without systemd each start makes the node anew',
  ],
  ['WSL with systemd', { isWsl: true }, {}, 'provision apply --only device'],
] as const) {
  test(`a wrong node: ${name}`, () => {
    assert.equal(adviseWrongNode({ ...bareMetal, ...place }, { ...groupNode, ...node }), hint);
  });
}
