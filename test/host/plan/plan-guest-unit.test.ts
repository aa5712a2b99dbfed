import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFacts } from '../../../src/host/facts/facts.ts';
import { GUEST_DROP_IN } from '../../../src/host/guest-unit.ts';
import { planGuestUnit } from '../../../src/host/plan/plan-guest-unit.ts';
import { convergedFacts, fileState, intentOf } from '../../support/host.ts';

const intent = { ...intentOf('fedora-44'), parts: ['service'] } as const;

function factsWith(conf: string | null, more: Partial<HostFacts> = {}): HostFacts {
  const qemuConf = conf === null ? ({ kind: 'absent' } as const) : fileState(conf);
  return { ...convergedFacts, hasGuestUnit: true, qemuConf, ...more };
}

/** The lines of the drop-in below its first two, or what is done instead. */
function linesFor(facts: HostFacts, asked: Parameters<typeof planGuestUnit>[0] = intent) {
  const [change] = planGuestUnit(asked, facts).changes;
  if (change?.kind !== 'file' || change.after === null) return change?.action ?? 'nothing';
  assert.equal(change.id, GUEST_DROP_IN);
  const [header, section, ...lines] = change.after.text.trimEnd().split('\n');
  assert.match(header ?? '', /^# made by provision apply from qemu\.conf/);
  assert.equal(section, '[Service]');
  return lines;
}

for (const [conf, lines] of [
  ['user = "vmuser"\ngroup = "vmgroup"\n', ['User=vmuser', 'Group=vmgroup']],
  ['user = "+207"\ngroup = "208"\n', ['User=207', 'Group=208']],
  ['user = "root"\n', ['User=root']],
  ['max_files = 32768\nmax_processes = 100\n', ['LimitNOFILE=32769', 'LimitNPROC=100']],
  ['max_files = 0\nmax_processes = 0\n', 'nothing'],
  ['max_core = "unlimited"\n', ['LimitCORE=infinity']],
  ['max_core = 0\n', ['LimitCORE=0']],
  ['user = "+"\n', 'nothing'],
  ['user = "4294967295"\n', 'nothing'],
  ['vnc_listen = "0.0.0.0"\n', 'nothing'],
  [null, 'nothing'],
] as const) {
  test(`qemu.conf with ${JSON.stringify(conf)}`, () => {
    assert.deepEqual(linesFor(factsWith(conf)), lines);
  });
}

test('what the policy is about to write into qemu.conf counts already', () => {
  const both = { ...intent, parts: ['qemu-conf', 'service'] } as const;
  const facts = factsWith('user = "vmuser"\nmax_files = 10\n');
  assert.deepEqual(linesFor(facts, both), ['User=qemu', 'Group=qemu', 'LimitNOFILE=11']);
  assert.deepEqual(linesFor(facts), ['User=vmuser', 'LimitNOFILE=11']);
});

test('without the unit nothing is written', () => {
  assert.equal(linesFor(factsWith('user = "vmuser"\n', { hasGuestUnit: false })), 'nothing');
});

test('the same again is no change, and it goes when nothing is to be said', () => {
  const facts = factsWith('user = "vmuser"\n');
  const [change] = planGuestUnit(intent, facts).changes;
  const text = change?.kind === 'file' ? (change.after?.text ?? '') : '';
  const files = { [GUEST_DROP_IN]: fileState(text) };
  assert.equal(planGuestUnit(intent, { ...facts, files }).changes[0]?.action, 'none');
  assert.equal(linesFor(factsWith('# none\n', { files })), 'remove');
  assert.equal(linesFor(factsWith('user = "other"\n', { files }))[0], 'User=other');
});

test('somebody’s own file of that name stays when nothing is to be said', () => {
  const files = { [GUEST_DROP_IN]: fileState('[Service]\nUser=me\n') };
  assert.equal(linesFor(factsWith('# none\n', { files })), 'nothing');
});

test('something else in its place stands in the way', () => {
  const files = {
    [GUEST_DROP_IN]: { kind: 'obstacle', path: GUEST_DROP_IN, type: 'link' },
  } as const;
  const { findings } = planGuestUnit(intent, factsWith('user = "vmuser"\n', { files }));
  assert.deepEqual(
    findings.map(({ code, severity }) => [code, severity]),
    [['VP_PATH_KIND', 'error']],
  );
});
