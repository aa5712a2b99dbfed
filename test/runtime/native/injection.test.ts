import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { makeScratch, rootOnly, rounds } from '../../support/scratch.ts';
import { needs } from '../../support/tool.ts';
import { assertConfined, confinedPlan } from './confined-plan.ts';
import { perform } from './executor.ts';

const options = { skip: rootOnly.skip || needs('strace').skip };

/** The call that must fail, by name and how many of that name come before it. */
interface Call {
  readonly name: string;
  readonly nth: number;
}

/** Calls of qemu-exec from its own start on, up to the one that makes it the emulator. */
function listCalls(context: TestContext): readonly Call[] {
  const trace = `${makeScratch(context)}/trace`;
  const { stdout } = perform(confinedPlan(context), { wrapper: ['/usr/bin/strace', '-o', trace] });
  assertConfined(stdout);
  const counts = new Map<string, number>();
  const calls = readFileSync(trace, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const name = /^(\w+)\(/.exec(line)?.[1];
      if (name === undefined) return [];
      const nth = (counts.get(name) ?? 0) + 1;
      counts.set(name, nth);
      return [{ name, nth }];
    });
  const last = calls.findIndex(({ name, nth }) => name === 'execve' && nth === 2);
  // The first makes strace's child qemu-exec.
  return calls.slice(1, last + 1);
}

test('whichever call fails, the program never runs with more than planned', options, (context) => {
  const all = listCalls(context);
  const wanted = rounds(40, all.length);
  const step = Math.max(1, Math.floor(all.length / wanted));
  const tried = all.filter((_, index) => index % step === 0);
  assert.ok(tried.length >= wanted / 2, `${all.length} calls`);
  for (const { name, nth } of tried) tryWithout(context, name, `when=${nth}`);
});

/** Calls whose failure no other way makes good, the step that says so, and which of them. */
const named: readonly (readonly [call: string, step: string, which?: string])[] = [
  ['close_range', 'descriptors'],
  ['chdir', 'directory'],
  ['setgroups', 'groups'],
  ['setresgid', 'identity'],
  ['setresuid', 'identity'],
  ['capset', 'identity'],
  ['landlock_create_ruleset', 'landlock'],
  ['landlock_add_rule', 'landlock'],
  ['landlock_restrict_self', 'landlock'],
  ['seccomp', 'filter'],
  ['rt_sigaction', 'signals', 'when=1'],
  ['getgroups', 'read-back-groups'],
  ['getresuid', 'read-back-identity'],
  ['getcwd', 'read-back-directory'],
  ['prctl', 'memory'],
];

for (const [call, step, which] of named) {
  test(`when ${call} fails the step ${step} says so`, options, (context) => {
    assert.equal(tryWithout(context, call, which), step);
  });
}

test('a quota of keys that is used up ends it', options, (context) => {
  assert.equal(tryWithout(context, 'keyctl', 'when=1', 'EDQUOT'), 'keyring');
});

/** Performs the plan with one call failing; the step that said so, or null when it became the program all the same. */
function tryWithout(
  context: TestContext,
  call: string,
  which?: string,
  error = 'EPERM',
): string | null {
  const inject = [`inject=${call}`, `error=${error}`, ...(which === undefined ? [] : [which])].join(
    ':',
  );
  const trace = ['-o', `${makeScratch(context)}/trace`, '-e', `trace=${call}`, '-e', inject];
  const result = perform(confinedPlan(context), { wrapper: ['/usr/bin/strace', ...trace] });
  // What fails after exec is the program's own affair; what it has shown stands.
  if (result.stdout.includes('\nSeccomp:')) assertConfined(result.stdout);
  else
    assert.ok(
      result.step !== null || result.exitStatus !== 0,
      `${call} ${which}: ${result.exitStatus}`,
    );
  return result.step;
}
