import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditDocument, verdictOf } from '../../src/verify/audit-document.ts';
import { emptySet, fullSet } from '../support/crafted-proc.ts';
import { judgementOf, names } from '../support/process-facts.ts';

const whole = { findings: [], isComplete: true, hasRights: true };

test('the fields that are promised, in their order, come first', () => {
  const judgement = judgementOf(
    { Groups: '36 107 ', CapBnd: fullSet },
    { guest: 'web', startedBy: 'libvirt' },
    [{ Seccomp_filters: '2' }],
  );
  const { processes } = JSON.parse(
    JSON.stringify(auditDocument({ ...whole, judgements: [judgement] }, names)),
  );
  const promised = {
    pid: 7,
    name: 'web',
    exe: '/usr/bin/qemu-system-x86_64',
    startedBy: 'libvirt',
    user: 'qemu',
    uid: 107,
    group: 'qemu',
    gid: 107,
    groups: [36, 107],
    capabilities: {
      inheritable: emptySet,
      permitted: emptySet,
      effective: emptySet,
      bounding: fullSet,
      ambient: emptySet,
    },
    noNewPrivs: true,
    seccomp: 2,
    threads: 2,
    differingThreads: 1,
    verdict: 'warn',
    findings: judgement.findings,
  };
  const count = Object.keys(promised).length;
  assert.deepEqual(Object.fromEntries(Object.entries(processes[0]).slice(0, count)), promised);
  assert.deepEqual(Object.keys(processes[0]).slice(0, count), Object.keys(promised));
  assert.deepEqual(processes[0].differences, [{ thread: 8, lines: ['Seccomp_filters'] }]);
});

test('without a guest the process gives its name, without an account its number', () => {
  const judgement = judgementOf({ Uid: '5\t5\t5\t5', Gid: '6001\t6001\t6001\t6001' });
  const { processes } = JSON.parse(
    JSON.stringify(auditDocument({ ...whole, judgements: [judgement] }, names)),
  );
  const { name, guest, user, group } = processes[0];
  assert.deepEqual([name, guest, user, group], ['qemu-system-x86', null, '5', '6001']);
});

test('what was not seen wholly never passes', () => {
  const judgements = [judgementOf()];
  assert.equal(verdictOf({ ...whole, judgements }), 'pass');
  assert.equal(verdictOf({ ...whole, judgements, isComplete: false }), 'warn');
  const bad = judgementOf({ Uid: '0\t0\t0\t0' });
  assert.equal(verdictOf({ ...whole, judgements: [bad], isComplete: false }), 'fail');
});
