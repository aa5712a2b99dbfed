import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { CheckId } from '../../../src/verify/check.ts';
import { listChecks } from '../../../src/verify/checks/checks.ts';
import type { Site, Wish } from '../../../src/verify/site.ts';
import { hostView, site } from '../../support/host-view.ts';
import { native } from '../../support/native.ts';
import { policyOf } from '../../support/provision.ts';
import { rootOnly } from '../../support/scratch.ts';

const none: Wish = { ...site.wish, only: [] };
const root = { name: 'root', uid: 0, gid: 0, groups: [0] };
const nobodyKnown = { ...native, userByName: () => null };
const closed = policyOf('fedora-44', 'kvm: { access: group }\nuser: { name: vm-x-y }\n').policy;
const noEmulator = [
  'no QEMU of this architecture is installed',
  'install QEMU, such as qemu-system-x86',
];
const options = existsSync('/usr/libexec/qemu-kvm') ? { skip: 'QEMU is here' } : rootOnly;

for (const [id, name, difference, expected] of [
  ['launch', 'no emulator', { wish: { ...none, launch: true } }, noEmulator],
  ['session', 'no emulator', { wish: { ...none, session: root } }, noEmulator],
  [
    'libvirt',
    'no virsh',
    { wish: { ...none, libvirt: true } },
    ['virsh is not installed', 'install libvirt-clients (libvirt-client)'],
  ],
  [
    'libvirt',
    'no daemon',
    {
      wish: { ...none, libvirt: true },
      findTool: (tool) => (tool === 'virsh' ? '/usr/bin/virsh' : null),
    },
    [
      'libvirt is not installed: neither virtqemud nor libvirtd',
      'install libvirt-daemon-driver-qemu (libvirt-daemon-system)',
    ],
  ],
  [
    'kvm-unprivileged',
    'no user nobody',
    { native: nobodyKnown },
    ['there is no user nobody', 'name another one: --as USER'],
  ],
  [
    'kvm-unprivileged',
    'no user of QEMU',
    { host: { ...hostView, policy: closed } },
    ['there is no user vm-x-y to try it as', 'provision apply --only accounts'],
  ],
] as const satisfies readonly (readonly [CheckId, string, Partial<Site>, readonly string[]])[]) {
  test(`${id} is skipped: ${name}`, options, async () => {
    const check = listChecks({ ...site, ...difference }).find((each) => each.id === id);
    const outcome = await check?.run();
    assert.deepEqual(outcome, {
      status: 'skip',
      summary: expected[0],
      evidence: [],
      hint: expected[1],
    });
  });
}
