import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GuestRun, judgeGuest } from '../../src/verify/guest-run.ts';
import { judgementOf, names } from '../support/process-facts.ts';

const expected = { uid: 107, gid: 107 };
const stranger = { uid: 1234, gid: 1234, mode: 0o600 };
const given = { ...expected, mode: 0o600 };
const good: GuestRun = { process: judgementOf(), before: stranger, during: given, after: stranger };
const unbound = { process: judgementOf({ CapBnd: '000001ffffffffff' }) };
const known = ['VP_AUDIT_BOUNDING'] as const;
const passes = [
  'pass',
  'a guest ran as qemu (107) without capabilities; its disk was given and given back',
];

for (const [name, difference, result, remarks] of [
  ['all right', {}, passes, {}],
  ['gone', { process: null }, ['fail', 'the guest ended before it could be looked at'], {}],
  [
    'root',
    { process: judgementOf({ Uid: '0\t0\t0\t0' }) },
    ['fail', 'it runs as root: a guest that breaks out of QEMU owns the machine'],
    {},
  ],
  [
    'somebody else',
    { process: judgementOf({ Uid: '9\t9\t9\t9' }) },
    ['fail', 'it ran as 9, group qemu (107), not as qemu (107), group qemu (107)'],
    {},
  ],
  [
    'a capability',
    { process: judgementOf({ CapEff: '0000000000002000', CapPrm: '0000000000002000' }) },
    [
      'fail',
      'it has net_raw in its effective set: the kernel grants it what these allow, whatever its user may do',
    ],
    {},
  ],
  [
    'a disk that is not given',
    { during: stranger },
    ['fail', 'its disk was not given to it: it belonged to 1234'],
    {},
  ],
  [
    'a disk that is not given back',
    { after: { ...stranger, uid: 0, gid: 0 } },
    ['fail', 'its disk was not given back: it is 0600 root:root now'],
    {},
  ],
  [
    'a disk with another mode afterwards',
    { after: { ...stranger, mode: 0o644 } },
    ['fail', 'its disk was not given back: it is 0644 1234:1234 now'],
    {},
  ],
  [
    'a warning',
    unbound,
    [
      'warn',
      'its bounding set has all capabilities: only no_new_privs keeps program files from giving them to it',
    ],
    {},
  ],
  ['a warning that nobody can do anything about', unbound, passes, { known }],
] as const) {
  test(`a guest: ${name}`, () => {
    const { status, summary } = judgeGuest({ ...good, ...difference }, expected, names, remarks);
    assert.deepEqual([status, summary], result);
  });
}

test('the evidence: the process, and its disk at three times', () => {
  const { evidence } = judgeGuest(good, expected, names, { more: ['more'] });
  assert.deepEqual(evidence, [
    'process 7 ran as qemu (107), group qemu (107); groups qemu (107), effective none, permitted none, bounding none, no_new_privs yes, seccomp 1 filter',
    'its disk, before, meanwhile and afterwards: 0600 1234:1234, 0600 qemu:qemu, 0600 1234:1234',
    'more',
  ]);
});
