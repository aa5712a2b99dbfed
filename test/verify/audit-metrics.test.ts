import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printMetrics } from '../../src/verify/audit-metrics.ts';
import { fullSet } from '../support/crafted-proc.ts';
import { judgementOf, names } from '../support/process-facts.ts';

const whole = { findings: [], isComplete: true, hasRights: true };
const line =
  /^(# (HELP [a-z_]+ .+|TYPE [a-z_]+ gauge)|[a-z_]+(\{([a-z_]+="([^"\\\n]|\\[\\"n])*",?)*\})? [0-9]+)$/;

test('the metrics of a process that fails and of one that passes', () => {
  const bad = judgementOf({ Uid: '0\t0\t0\t0', CapEff: fullSet }, { guest: 'bad' });
  const text = printMetrics({ ...whole, judgements: [bad, judgementOf({}, { pid: 8 })] }, names);
  for (const expected of [
    '# HELP virt_privileges_qemu_processes QEMU processes by verdict.',
    '# TYPE virt_privileges_qemu_processes gauge',
    'virt_privileges_qemu_audit_complete 1',
    'virt_privileges_qemu_processes{verdict="fail"} 1',
    'virt_privileges_qemu_processes{verdict="warn"} 0',
    'virt_privileges_qemu_process_failures{pid="7",name="bad",user="root",started_by="other"} 2',
    'virt_privileges_qemu_process_effective_capabilities{pid="7",name="bad",user="root",started_by="other"} 41',
    'virt_privileges_qemu_process_seccomp_mode{pid="8",name="qemu-system-x86",user="qemu",started_by="other"} 2',
  ])
    assert.ok(text.split('\n').includes(expected), expected);
});

test('every line is one of the format, whatever a guest is called', () => {
  const guest = 'a"b\\c\nd{}=,#';
  const text = printMetrics({ ...whole, judgements: [judgementOf({}, { guest })] }, names);
  const lines = text.trimEnd().split('\n');
  for (const each of lines) assert.match(each, line);
  assert.ok(text.includes('name="a\\"b\\\\c\\nd{}=,#"'));
  assert.ok(text.endsWith('\n'));
});

test('no process: the counts are there', () => {
  const text = printMetrics({ ...whole, isComplete: false, judgements: [] }, names);
  assert.match(text, /^virt_privileges_qemu_audit_complete 0$/m);
  assert.match(text, /^virt_privileges_qemu_processes\{verdict="pass"\} 0$/m);
  assert.doesNotMatch(text, /qemu_process_/);
});
