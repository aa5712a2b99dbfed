import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeScratch, projectRoot, rootOnly, rounds } from '../../support/scratch.ts';
import { runTool } from '../../support/tool.ts';
import { assertConfined, confinedPlan } from './confined-plan.ts';
import { asUser, encode, perform, planWords } from './executor.ts';

const native = join(projectRoot, 'src/runtime/native');

test(
  'the whole of qemu-exec runs clean under the address and undefined-behaviour sanitizers',
  rootOnly,
  (context) => {
    const out = makeScratch(context);
    execFileSync('make', ['-s', '-C', native, 'SANITIZE=1', `OUT=${out}`, `${out}/qemu-exec`]);
    const executor = `${out}/qemu-exec`;
    const plan = confinedPlan(context);
    const { step, stdout } = perform(plan, { executor });
    assert.equal(step, null);
    assertConfined(stdout);
    const session = perform({ ...plan, mode: 'session' }, { executor, wrapper: asUser });
    assert.equal(session.step, null);
    // A failing step and a failing exec end it in their own way.
    assert.equal(perform({ ...plan, directory: '/nowhere' }, { executor }).step, 'directory');
    assert.equal(perform({ ...plan, argv: ['/usr/nowhere'] }, { executor }).exitStatus, 127);
  },
);

test('no damaged plan makes the reader read what is not there, or keep what it took', (context) => {
  const scratch = makeScratch(context);
  const program = `${scratch}/fuzzer`;
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  const sources = [
    join(projectRoot, 'test/support/plan-fuzzer.c'),
    ...['plan.c', 'report.c'].map((name) => join(native, name)),
  ];
  execFileSync('cc', [
    '-O1',
    '-g',
    '-std=gnu11',
    '-D_GNU_SOURCE',
    ...sanitizers,
    '-I',
    native,
    ...sources,
    '-o',
    program,
  ]);
  const words = planWords({
    ...confinedPlan(context),
    argv: ['/bin/true', 'one', 'two'],
    kept: [5, 9],
    ports: [[3, 5900]],
    env: ['A=1', 'B=2'],
  });
  writeFileSync(`${scratch}/plan`, encode(words));
  const size = rounds(50_000, 5_000_000);
  const { status, stdout, stderr } = runTool(program, [`${scratch}/plan`, String(size), '1']);
  assert.equal(status, 0, stderr);
  // Some are still plans: the damage is not so coarse that nothing gets past the first words.
  assert.ok(Number(stdout) > size / 1000, stdout);
  assert.ok(Number(stdout) < size / 2, stdout);
});
