import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { parseProcLimit } from '../../../src/formats/proc-limits.ts';
import type { LaunchPlan } from '../../../src/runtime/launch-plan.ts';
import { findProcessDifferences } from '../../../src/runtime/verification/process-differences.ts';
import { planOf } from '../../support/plan.ts';

/** A plan of exactly this process. */
function ownPlan(): LaunchPlan {
  const plan = planOf([], []);
  const { dev, ino } = statSync('/proc/self/exe', { bigint: true });
  const environment = readFileSync('/proc/self/environ', 'utf8').split('\0').slice(0, -1);
  const nofile = parseProcLimit(readFileSync('/proc/self/limits', 'utf8'), 'nofile');
  return {
    ...plan,
    environment: environment.filter((word) => word !== ''),
    confinement: { ...plan.confinement, limits: { nofile } },
    cell: { ...plan.cell, executed: { type: 'file', device: String(dev), inode: String(ino) } },
  };
}

test('a process that is as planned shows no difference', () => {
  assert.deepEqual(findProcessDifferences(process.pid, ownPlan()), []);
});

test('another file, another environment and another limit are named, values are not', () => {
  const plan = ownPlan();
  const other = {
    ...plan,
    environment: ['PATH=/bin', 'KEY=secret'],
    confinement: { ...plan.confinement, limits: { nofile: [1, 2] } as const },
    cell: { ...plan.cell, executed: { type: 'file', device: '1', inode: '2' } as const },
  };
  const found = findProcessDifferences(process.pid, other);
  assert.equal(found[0], 'it executes another file than the emulator that was planned');
  assert.match(found[1] ?? '', /^its environment is .*, planned PATH KEY$/);
  assert.match(found[2] ?? '', /^its hard limit nofile is \S+, planned 2$/);
  assert.equal(found.length, 3);
  // What a script starts is not known.
  const script = { ...other, cell: { ...other.cell, executed: null } };
  assert.equal(findProcessDifferences(process.pid, script).length, 1);
});

test('what has ended has nothing to compare', async () => {
  const child = spawn('true');
  await new Promise((resolve) => child.once('exit', resolve));
  assert.deepEqual(findProcessDifferences(child.pid ?? 0, ownPlan()), []);
});
