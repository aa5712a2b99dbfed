import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeSurvey } from '../../src/verify/judge.ts';
import { factsOf, names } from '../support/process-facts.ts';

const whole = {
  processes: [],
  unknown: [],
  canTrace: true,
  isHidden: false,
  isNamespaced: false,
};
const unknown = [{ pid: 1, name: 'init' }];

for (const [name, survey, isComplete, hasRights, message] of [
  ['all seen', {}, true, true, undefined],
  [
    'one that nobody may see',
    { unknown },
    false,
    true,
    'process 1 (init) could not be told from QEMU: no right to see the program',
  ],
  [
    'others that a plain user may not see',
    { unknown: [...unknown, { pid: 2, name: 'x' }], canTrace: false },
    false,
    false,
    '2 processes, 1 (init) the first, could not be told from QEMU: no right to see the program',
  ],
  [
    'hidepid',
    { isHidden: true, canTrace: false },
    false,
    false,
    'the mount option hidepid of /proc hides the processes of other users',
  ],
  [
    'a user namespace',
    { isNamespaced: true },
    false,
    false,
    'this program runs in a user namespace: ids that it does not map show as one',
  ],
] as const) {
  test(`of the whole: ${name}`, () => {
    const audit = judgeSurvey({ ...whole, ...survey }, names);
    assert.deepEqual([audit.isComplete, audit.hasRights], [isComplete, hasRights]);
    assert.equal(audit.findings[0]?.message, message);
  });
}

test('an old kernel that says nothing of seccomp: not seen, and so no pass', () => {
  const facts = factsOf();
  const status = { ...facts.status, seccomp: null, seccompFilters: null };
  const blind = { ...facts, status, threads: [{ thread: 7, status }] };
  const survey = { ...whole, processes: [blind] };
  const [judgement] = judgeSurvey(survey, names).judgements;
  assert.equal(judgement?.verdict, 'warn');
  assert.equal(judgement?.findings[0]?.code, 'VP_AUDIT_UNREAD');
});
