import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAccounts } from '../../../src/verify/checks/accounts.ts';
import { hostView } from '../../support/host-view.ts';

const finding = { code: 'VP_WARN_IDS', hint: 'mend it' } as const;

for (const [name, difference, outcome] of [
  [
    'all there',
    {},
    {
      status: 'pass',
      summary: 'user qemu (107), group qemu (107), member of kvm (36)',
      evidence: [],
      hint: '',
    },
  ],
  [
    'no account',
    { users: [], groups: [], accounts: { missing: ['group kvm', 'user qemu'], findings: [] } },
    {
      status: 'fail',
      summary: 'missing: group kvm, user qemu',
      evidence: [],
      hint: 'provision apply --only accounts',
    },
  ],
  [
    'an id that is kept',
    { accounts: { missing: [], findings: [{ ...finding, severity: 'warning', message: 'kept' }] } },
    {
      status: 'warn',
      summary: 'kept',
      evidence: ['user qemu (107)', 'group qemu (107)', 'member of kvm (36)'],
      hint: 'mend it',
    },
  ],
  [
    'an account that is root, and a missing membership',
    {
      accounts: {
        missing: ['membership qemu/kvm'],
        findings: [{ ...finding, severity: 'error', message: 'it is root' }],
      },
    },
    {
      status: 'fail',
      summary: 'missing: membership qemu/kvm',
      evidence: ['user qemu (107)', 'group qemu (107)', 'member of kvm (36)', 'it is root'],
      hint: 'provision apply --only accounts',
    },
  ],
  [
    'something worth knowing only',
    { accounts: { missing: [], findings: [{ ...finding, severity: 'info', message: 'fyi' }] } },
    {
      status: 'pass',
      summary: 'user qemu (107), group qemu (107), member of kvm (36)',
      evidence: [],
      hint: '',
    },
  ],
] as const) {
  test(`accounts: ${name}`, () => {
    assert.deepEqual(checkAccounts({ ...hostView, ...difference }), outcome);
  });
}
