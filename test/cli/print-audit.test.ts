import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printAudit } from '../../src/cli/print-audit.ts';
import { printChanges } from '../../src/cli/print-audit-changes.ts';
import type { Audit, Judgement } from '../../src/verify/judgement.ts';
import { judgementOf } from '../support/process-facts.ts';

function auditOf(...judgements: readonly Judgement[]): Audit {
  return { judgements, findings: [], isComplete: true, hasRights: true };
}

const good = judgementOf({}, { guest: 'good', startedBy: 'libvirt' });
const bad = judgementOf({ Uid: '0\t0\t0\t0', NoNewPrivs: '0' }, { pid: 8, guest: 'bad\x1b[2J' });

test('a table, what was found, and the sum', () => {
  assert.equal(
    printAudit(auditOf(good, bad), false),
    `VERDICT  PID  NAME        USER        EFFECTIVE  BOUNDING  NO_NEW_PRIVS  SECCOMP   THREADS  STARTED BY
pass     7    good        qemu (107)  none       none      yes           1 filter  1        libvirt
fail     8    bad\\x1b[2J  root (0)    none       none      no            1 filter  1        other

bad\\x1b[2J, pid 8:
  error: it runs as root: a guest that breaks out of QEMU owns the machine
    hint: set user and group in qemu.conf, or start it with qemu-launch
  warning: no_new_privs is not set: programs with set-id or capabilities give it their rights
    hint: start it with qemu-launch, or with -sandbox on

2 QEMU processes: 1 fail, 0 with warnings, 1 pass
`,
  );
});

test('none, one, and colours on a terminal', () => {
  assert.equal(printAudit(auditOf(), false), 'no QEMU process was found\n');
  assert.match(
    printAudit(auditOf(good), false),
    /\n1 QEMU process: 0 fail, 0 with warnings, 1 pass\n$/,
  );
  const coloured = printAudit(auditOf(bad), true);
  assert.ok(coloured.includes('\x1b[31merror\x1b[39m: it runs as root'));
});

const again = judgementOf({}, { guest: 'good', startTime: '200' });
const widened = judgementOf({ CapEff: '0000000000001000' }, { guest: 'good' });
const threads = judgementOf({}, { guest: 'good' }, [{}, {}]);

for (const [name, before, after, text] of [
  ['nothing', [good], [good], ''],
  ['threads come and go: no news', [good], [threads], ''],
  ['one came', [], [good], '+ good, pid 7: pass\n'],
  ['one ended', [good], [], '- good, pid 7: ended\n'],
  ['another one with the same pid', [good], [again], '- good, pid 7: ended\n+ good, pid 7: pass\n'],
  ['one has changed', [good], [widened], '~ good, pid 7: fail: Effective none → net_admin\n'],
  ['and back', [widened], [good], '~ good, pid 7: pass: Effective net_admin → none\n'],
] as const) {
  test(`what changed: ${name}`, () => {
    assert.equal(printChanges(auditOf(...before), auditOf(...after), false), text);
  });
}

test('one that comes brings what was found about it', () => {
  const text = printChanges(auditOf(), auditOf(bad), false);
  assert.match(text, /^\+ bad\\x1b\[2J, pid 8: fail\n {2}error: it runs as root/);
});

test('when less can be seen than before', () => {
  const findings = [
    { code: 'VP_AUDIT_INCOMPLETE', severity: 'warning', message: 'some are hidden', hint: '' },
  ] as const;
  const blind = { ...auditOf(good), findings, isComplete: false };
  assert.equal(printChanges(auditOf(good), blind, false), '~ some are hidden\n');
  assert.equal(printChanges(blind, auditOf(good), false), '~ every process can be seen again\n');
});
