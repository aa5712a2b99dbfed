import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { capabilityNames, hasCapability } from '../../src/formats/capability-names.ts';
import { needs, runTool } from '../support/tool.ts';

for (const [set, names] of [
  ['0000000000000000', []],
  ['0000000000000001', ['chown']],
  ['0000000000001020', ['kill', 'net_admin']],
  ['8000010000000000', ['checkpoint_restore', 'cap_63']],
] as const) {
  test(`the names of ${set}`, () => assert.deepEqual(capabilityNames(set), names));
}

test('as capsh names them, all of this kernel', needs('capsh'), () => {
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
  const all = ((1n << BigInt(Math.min(last, 40) + 1)) - 1n).toString(16).padStart(16, '0');
  const { stdout } = runTool('capsh', [`--decode=${all}`]);
  const names = stdout.trim().split('=')[1]?.split(',') ?? [];
  assert.deepEqual(
    capabilityNames(all).map((name) => `cap_${name}`),
    names,
  );
});

test('one of a set', () => {
  assert.equal(hasCapability('0000000000080000', 'sys_ptrace'), true);
  assert.equal(hasCapability('0000000000040000', 'sys_ptrace'), false);
});
