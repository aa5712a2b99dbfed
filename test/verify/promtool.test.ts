import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { printMetrics } from '../../src/verify/audit-metrics.ts';
import type { Audit } from '../../src/verify/judgement.ts';
import { auditOf, mixed } from '../support/audit-pages.ts';
import { runUnpacked, unpackPackages } from '../support/debian-packages.ts';
import { judgementOf, names } from '../support/process-facts.ts';

const packages = unpackPackages('trixie', ['promtool']);
const options = { skip: packages.reason ?? false };

/** What Prometheus' own checker makes of metrics. */
function check(metrics: string) {
  const root = packages.path ?? '';
  const words = [join(root, 'usr/bin/promtool'), 'check', 'metrics'];
  const { status, stdout, stderr } = runUnpacked(root, words, { input: metrics });
  return { status, says: `${stdout}${stderr}` };
}

const hostile = judgementOf({}, { guest: 'a"b\\c\nd{}=,# HELP x\u{1f600}\ufffd' });
const audits: readonly (readonly [string, Audit])[] = [
  ['processes of all verdicts', auditOf(...mixed)],
  ['a guest whose name is hostile', auditOf(hostile)],
  ['no process, not seen wholly', { ...auditOf(), isComplete: false }],
];

for (const [name, audit] of audits) {
  test(`promtool check metrics: ${name}`, options, () => {
    assert.deepEqual(check(printMetrics(audit, names)), { status: 0, says: '' });
  });
}

test('promtool check metrics can tell', options, () => {
  const text = printMetrics(auditOf(...mixed), names);
  const [sample = ''] = /^virt.*\n/m.exec(text) ?? [];
  assert.notEqual(check(text.replace(sample, sample + sample)).status, 0);
  assert.notEqual(check(text.replaceAll('gauge', 'gouge')).status, 0);
  assert.notEqual(check(text.replace(/^# HELP .*$/m, '')).says, '');
});
