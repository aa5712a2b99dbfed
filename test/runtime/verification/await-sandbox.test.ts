import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awaitSandbox } from '../../../src/runtime/verification/await-sandbox.ts';
import { native } from '../../support/native.ts';
import { planOf } from '../../support/plan.ts';

function spawnProgram(...argv: readonly string[]) {
  return native.spawn({ path: argv[0] ?? '', argv, env: [], descriptors: [] });
}

test('a process without the filter that was planned is not waited for without end', () => {
  const child = spawnProgram('/bin/sleep', '60');
  assert.throws(() => awaitSandbox(native, child, planOf([], []), 20), {
    code: 'VP_VERIFICATION_FAILED',
  });
  native.sendSignal(child.pidfd, 9);
  // One that has ended needs none, and neither does a plan without.
  awaitSandbox(native, child, planOf([], []), 20);
  assert.equal(native.waitFor(child.pidfd, 10_000), 137);
});

test('without a sandbox in the plan nothing is waited for', () => {
  const plan = planOf([], []);
  const child = spawnProgram('/bin/sleep', '60');
  const without = { ...plan, confinement: { ...plan.confinement, sandbox: null } };
  awaitSandbox(native, child, without, 0);
  native.sendSignal(child.pidfd, 9);
  assert.equal(native.waitFor(child.pidfd, 10_000), 137);
});
