import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../src/errors.ts';
import { checkProcesses } from '../../../src/verify/checks/processes.ts';
import type { Audit } from '../../../src/verify/judgement.ts';
import { judgementOf } from '../../support/process-facts.ts';

const whole: Audit = { judgements: [], findings: [], isComplete: true, hasRights: true };
const harmless = judgementOf();
const root = judgementOf({ Uid: '0\t0\t0\t0' }, { guest: 'web', pid: 8 });
const unbound = judgementOf({ CapBnd: '000001ffffffffff' }, { pid: 9 });
const blind = {
  findings: [
    { code: 'VP_AUDIT_INCOMPLETE', severity: 'warning', message: 'not seen', hint: 'be root' },
  ],
  isComplete: false,
} as const;

for (const [name, audit, status, summary, evidence] of [
  ['none', {}, 'pass', 'no QEMU process runs', 0],
  ['one', { judgements: [harmless] }, 'pass', '1 QEMU process, each without privileges', 0],
  [
    'one as root',
    { judgements: [harmless, root] },
    'fail',
    'of 2 QEMU processes one has rights that no QEMU should have',
    1,
  ],
  [
    'one with more than it needs',
    { judgements: [unbound] },
    'warn',
    'of 1 QEMU process one has more rights than QEMU needs',
    1,
  ],
  [
    'two that fail, and some that cannot be seen',
    { judgements: [root, root], ...blind },
    'fail',
    'of 2 QEMU processes 2 have rights that no QEMU should have',
    2,
  ],
  ['some that a plain user does not see', { ...blind, hasRights: false }, 'skip', 'not seen', 0],
  ['some that nobody sees', blind, 'warn', 'not seen', 0],
] as const) {
  test(`processes: ${name}`, () => {
    const outcome = checkProcesses(() => ({ ...whole, ...audit }));
    assert.deepEqual([outcome.status, outcome.summary], [status, summary]);
    assert.equal(outcome.evidence.length, evidence);
  });
}

test('the evidence names the guest and what is wrong, the hint where to read on', () => {
  const { evidence, hint } = checkProcesses(() => ({ ...whole, judgements: [root] }));
  assert.deepEqual(evidence, [
    'web, pid 8: it runs as root: a guest that breaks out of QEMU owns the machine',
  ]);
  assert.equal(
    hint,
    'set user and group in qemu.conf, or start it with qemu-launch (provision audit shows all)',
  );
});

test('an image without processes is skipped, another error is none of this', () => {
  const { status, summary } = checkProcesses(() => {
    throw new AppError('VP_ROOT_INVALID', 'no process');
  });
  assert.deepEqual([status, summary], ['skip', 'no process']);
  const other = new AppError('VP_FILE_READ', 'no');
  assert.throws(() => {
    checkProcesses(() => {
      throw other;
    });
  }, other);
});
