import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeRoot, makeOldRoot, temporaryFiles } from '../../support/applied-root.ts';
import { programFile, runProvision } from '../../support/run-provision.ts';
import { rootOnly, rounds } from '../../support/scratch.ts';

function succeed(...words: readonly string[]): void {
  const { exitCode, stderr } = runProvision(...words);
  assert.equal(exitCode, 0, stderr);
}

/** Kills a run after so many milliseconds; false when it had come to its end by then. */
async function killAfter(delay: number, ...words: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [programFile, ...words], { stdio: 'ignore' });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('close', (_, signal) => resolve(signal));
  });
  await Promise.race([sleep(delay), ended]);
  child.kill('SIGKILL');
  return (await ended) === 'SIGKILL';
}

function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** The delays that hit the work itself, and not the start of the program. */
function randomDelay(duration: number): number {
  return duration * (0.3 + 0.7 * Math.random());
}

type Command = 'apply' | 'revert';

function wordsFor(command: Command, root: string): readonly string[] {
  return [command, ...(command === 'revert' ? ['--accounts'] : []), '--root', root];
}

/** An image that the command has work in. */
function prepare(context: TestContext, command: Command): string {
  const root = makeOldRoot(context);
  if (command === 'revert') succeed(...wordsFor('apply', root));
  return root;
}

/** Kills the command in an image; the next apply and a revert must put everything right. */
async function check(context: TestContext, command: Command, delay: number): Promise<boolean> {
  const before = describeRoot(makeOldRoot(context));
  const root = prepare(context, command);
  const wasKilled = await killAfter(delay, ...wordsFor(command, root));
  const place = `killed after ${delay.toFixed(1)} ms`;
  succeed(...wordsFor('apply', root));
  assert.deepEqual(temporaryFiles(root), [], place);
  succeed('status', '--root', root);
  succeed(...wordsFor('revert', root));
  assert.deepEqual(describeRoot(root), before, place);
  return wasKilled;
}

for (const command of ['apply', 'revert'] as const) {
  test(`killed at random moments, ${command} loses nothing`, rootOnly, async (context) => {
    const sample = prepare(context, command);
    const duration = timeOf(() => succeed(...wordsFor(command, sample)));
    let killed = 0;
    for (let round = 0; round < rounds(8, 100); round += 1)
      if (await check(context, command, randomDelay(duration))) killed += 1;
    assert.ok(killed > 0, 'no run was killed');
  });
}

test('stopped between two steps, the next apply goes on', rootOnly, async (context) => {
  const root = makeOldRoot(context);
  const before = describeRoot(root);
  const record = join(root, 'var/lib/virt-privileges/applies/000001.json');
  const child = spawn(process.execPath, [programFile, 'apply', '--root', root]);
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (!existsSync(record)) await sleep(1);
  child.kill('SIGTERM');
  assert.equal(await ended, 130);
  assert.equal(JSON.parse(readFileSync(record, 'utf8')).isComplete, false);
  const { exitCode, stderr } = runProvision('apply', '--root', root);
  assert.equal(exitCode, 0, stderr);
  assert.match(
    stderr,
    /^provision: info: run 1 of \S+ had not come to its end; what it left is in order now$/m,
  );
  succeed('revert', '--accounts', '--root', root);
  assert.deepEqual(describeRoot(root), before);
});
