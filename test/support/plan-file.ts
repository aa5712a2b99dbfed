import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { encode, type PlanWords, planWords, testIdentity } from '../runtime/native/executor.ts';
import { executorPath } from './native.ts';
import { makeScratch } from './scratch.ts';

/** A plan as `prepare` leaves it: 0640, root's and the target group's, in a run directory of root's. */
export function writePlan(context: TestContext, plan: PlanWords): string {
  const run = join(makeScratch(context), 'run');
  chmodSync(join(run, '..'), 0o711);
  mkdirSync(run);
  chmodSync(run, 0o711);
  const path = join(run, 'test.plan');
  writePlanFile(path, encode(planWords({ parent: 0, ...plan })));
  return path;
}

export function writePlanFile(path: string, bytes: Uint8Array): void {
  writeFileSync(path, bytes);
  chmodSync(path, 0o640);
  chownSync(path, 0, testIdentity.gid);
}

/** Has the executor perform a plan in a file; `wrapper` are words to start it with another program. */
export function performFile(
  path: string,
  wrapper: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  executor = executorPath,
): SpawnSyncReturns<string> {
  const [program = '', ...words] = [...wrapper, executor, path];
  return spawnSync(program, words, { encoding: 'utf8', env, cwd: '/', timeout: 20_000 });
}

/** What `setpriv` must be told to make of root what a service with `User=` starts with. */
export const arrival = {
  reuid: `--reuid=${testIdentity.uid}`,
  regid: `--regid=${testIdentity.gid}`,
  groups: `--groups=${testIdentity.groups.join()}`,
  bounding: '--bounding-set=-all',
  inheritable: '--inh-caps=-all',
  securebits: '--securebits=+noroot,+noroot_locked,+no_setuid_fixup,+no_setuid_fixup_locked',
} as const;
