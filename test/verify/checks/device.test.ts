import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDevice } from '../../../src/verify/checks/device.ts';
import type { HostView, LiveView } from '../../../src/verify/host-view.ts';
import { hostView, liveView } from '../../support/host-view.ts';
import { policyOf } from '../../support/provision.ts';
import { bareMetal } from '../../support/surroundings.ts';

const { winners } = hostView.device;
const node = liveView.node ?? assert.fail();
const group = policyOf('fedora-44', 'kvm: { access: group }\n').policy;
const docker = { ...bareMetal, container: 'docker' };
const stray = {
  code: 'VP_LINT_KVM',
  severity: 'error',
  path: '/etc/udev/rules.d/99-x.rules',
  message: '/etc/udev/rules.d/99-x.rules:1: MODE="0600" counts',
  hint: 'take it out',
} as const;

function check(live: Partial<LiveView>, host: Partial<HostView> = {}) {
  return checkDevice({ ...hostView, live: { ...liveView, ...live }, ...host }, () => false);
}

for (const [name, live, host, expected] of [
  ['as the policy says', {}, {}, ['pass', '/dev/kvm is 0666 root:kvm', '']],
  ['no node', { node: null }, {}, ['fail', 'there is no /dev/kvm: nobody has made it', 'make it']],
  [
    'no device',
    { node: { ...node, isCharacterDevice: false } },
    {},
    ['fail', '/dev/kvm is no character device', 'remove it and load the kvm module again'],
  ],
  [
    'another mode',
    { node: { ...node, mode: 0o660 } },
    {},
    [
      'fail',
      '/dev/kvm is 0660 root:kvm, the policy says 0666 root:kvm',
      'provision apply --only device',
    ],
  ],
  [
    'another owner',
    { node: { ...node, uid: 107, gid: 99 } },
    {},
    [
      'fail',
      '/dev/kvm is 0666 qemu:99, the policy says 0666 root:kvm',
      'provision apply --only device',
    ],
  ],
  [
    'a list that gives more than the policy',
    { node: { ...node, mode: 0o660, acl: [{ tag: 'user', id: 12, permissions: 6 }] } },
    { policy: group },
    [
      'fail',
      '/dev/kvm is 0660 root:kvm user:12:rw-, the policy says 0660 root:kvm',
      'provision apply --only device',
    ],
  ],
  [
    'a stray rule that has won',
    { node: { ...node, mode: 0o600 } },
    { device: { winners, strays: [stray] } },
    [
      'fail',
      '/dev/kvm is 0600 root:kvm, the policy says 0666 root:kvm',
      `take that line out or make it agree, then: provision apply --only device (${stray.message})`,
    ],
  ],
  [
    'a stray rule that will win',
    {},
    { device: { winners, strays: [stray] } },
    ['warn', `/dev/kvm is 0666 root:kvm, and will not stay so: ${stray.message}`, 'take it out'],
  ],
  [
    'a stray rule in a container, where it means nothing',
    { surroundings: docker },
    { device: { winners, strays: [stray] } },
    ['pass', '/dev/kvm is 0666 root:kvm', ''],
  ],
  [
    'a container that numbers its groups in its own way, and everybody may',
    { surroundings: docker, node: { ...node, gid: 994 } },
    {},
    ['pass', '/dev/kvm is 0666 root:994', ''],
  ],
  [
    'a container whose host has somebody sitting at it',
    {
      surroundings: docker,
      node: { ...node, gid: 994, acl: [{ tag: 'user', id: 1000, permissions: 6 }] },
    },
    {},
    ['pass', '/dev/kvm is 0666 root:994 user:1000:rw-', ''],
  ],
  [
    'a container whose host shuts somebody out',
    {
      surroundings: docker,
      node: { ...node, gid: 994, acl: [{ tag: 'user', id: 1000, permissions: 0 }] },
    },
    {},
    [
      'fail',
      '/dev/kvm is 0666 root:994 user:1000:---, the policy says 0666 root:kvm',
      "run `provision apply --only device` on the host: the node is the host's",
    ],
  ],
  [
    'a container that numbers its groups in its own way, and only the group may',
    { surroundings: docker, node: { ...node, gid: 994, mode: 0o660 } },
    { policy: group },
    [
      'fail',
      '/dev/kvm is 0660 root:994, the policy says 0660 root:kvm',
      "the host's group has gid 994: start it with docker run --group-add 994, or groupmod --gid 994 kvm in the container",
    ],
  ],
  [
    'a node without a module',
    { module: null },
    {},
    ['warn', '/dev/kvm is 0666 root:kvm, and no KVM module is loaded', 'make it'],
  ],
] as const) {
  test(`device: ${name}`, () => {
    const { status, summary, hint, evidence } = check(live, host);
    assert.deepEqual([status, summary, hint], expected);
    assert.equal(evidence[0], winners[0]);
  });
}

test('device: nested virtualisation and a node for everybody', () => {
  const outcome = checkDevice(hostView, () => true);
  assert.deepEqual(
    [outcome.status, outcome.summary],
    [
      'warn',
      '/dev/kvm is 0666 root:kvm with nested virtualisation on: every user reaches the code for guests of guests',
    ],
  );
  const closed = {
    ...hostView,
    policy: group,
    live: { ...liveView, node: { ...node, mode: 0o660 } },
  };
  assert.equal(checkDevice(closed, () => true).status, 'pass');
});

test('device: of an image the rules count', () => {
  const image = { ...hostView, live: null };
  assert.deepEqual(
    checkDevice(image, () => true),
    {
      status: 'pass',
      summary: 'where this image boots, /dev/kvm will be as the policy says',
      evidence: winners,
      hint: '',
    },
  );
  const wrong = checkDevice({ ...image, device: { winners, strays: [stray] } });
  assert.deepEqual(
    [wrong.status, wrong.summary, wrong.hint],
    ['fail', stray.message, 'take it out'],
  );
});
