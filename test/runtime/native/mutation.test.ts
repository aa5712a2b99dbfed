import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { native } from '../../support/native.ts';
import { makeScratch, projectRoot, rootOnly } from '../../support/scratch.ts';
import { assertConfined, confinedPlan } from './confined-plan.ts';
import { asUser, openSecret, perform } from './executor.ts';

interface Mutation {
  readonly step: string;
  readonly caught: string;
  readonly session?: boolean;
}

/** Each step left out, and what notices it. Ambient is not here: it is empty already in both modes. */
const mutations: readonly Mutation[] = [
  { step: 'descriptors', caught: 'read-back-descriptors' },
  { step: 'keyring', caught: 'read-back-keyring' },
  { step: 'oom-score', caught: 'read-back-oom-score' },
  { step: 'memory', caught: 'read-back-memory', session: true },
  { step: 'limits', caught: 'read-back-limits' },
  { step: 'umask', caught: 'read-back-umask' },
  { step: 'securebits', caught: 'read-back-securebits' },
  { step: 'bounding', caught: 'read-back-bounding' },
  { step: 'groups', caught: 'read-back-groups' },
  { step: 'identity', caught: 'read-back-identity' },
  { step: 'capabilities', caught: 'read-back-capabilities', session: true },
  // In system mode libcap-ng's lock has set it already; without it neither Landlock nor a filter can be.
  { step: 'no-new-privileges', caught: 'landlock', session: true },
  { step: 'directory', caught: 'read-back-directory' },
  // Without its descriptors Landlock has no rule for what must be a certain file.
  { step: 'files', caught: 'landlock' },
  { step: 'landlock', caught: 'read-back-landlock' },
  { step: 'new-code', caught: 'read-back-new-code' },
  { step: 'filter', caught: 'read-back-filter' },
  { step: 'parent-death', caught: 'read-back-parent-death' },
  { step: 'signals', caught: 'read-back-signals' },
];

for (const { step, caught, session } of mutations) {
  test(`an executor that forgets the step ${step} is caught before exec`, rootOnly, (context) => {
    const executor = buildExecutor(makeScratch(context), [`LEAVE_OUT=${step}`]);
    const plan = { ...confinedPlan(context), parent: process.pid };
    const secret = openSecret();
    const result =
      session === true
        ? perform({ ...plan, mode: 'session', parent: 0 }, { executor, wrapper: asUser })
        : perform(plan, {
            executor,
            descriptors: [secret],
            wrapper: ['/usr/bin/env', '--ignore-signal=PIPE'],
          });
    closeSync(secret);
    assert.deepEqual([result.step, result.exitStatus, result.stdout], [caught, 125, '']);
  });
}

test(
  'the whole executor passes the same plan, so the tests above can tell',
  rootOnly,
  (context) => {
    const { step, stdout } = perform(confinedPlan(context));
    assert.equal(step, null);
    assertConfined(stdout);
    assert.match(stdout, native.landlockVersion() > 0 ? /Permission denied/ : /^secret/m);
  },
);

function buildExecutor(directory: string, variables: readonly string[]): string {
  const place = join(projectRoot, 'src/runtime/native');
  const words = ['-s', '-C', place, `OUT=${directory}`, ...variables, 'CFLAGS=-O0'];
  execFileSync('make', [...words, `${directory}/qemu-exec`]);
  return `${directory}/qemu-exec`;
}
