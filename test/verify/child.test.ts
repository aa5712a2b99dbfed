import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { awaitEnd, runToEnd, startChild } from '../../src/verify/child.ts';
import { awaitAnswer } from '../../src/verify/patience.ts';
import { awaitValue } from '../support/emulators.ts';

const sh = (script: string) => ['/bin/sh', '-c', script];
const long = 20_000;

test('what a program says, and how it ends', async () => {
  const said = await runToEnd(sh('echo out; echo err >&2; exit 7'), long, null);
  assert.deepEqual(said, { stdout: 'out\n', stderr: 'err\n', status: 7 });
  assert.equal((await runToEnd(sh('kill -TERM $$'), long, null)).status, 143);
});

test('nothing of the environment, of the terminal and of the place reaches it', async () => {
  const { stdout } = await runToEnd(
    sh('env | sort; pwd; cut --delimiter=" " --fields=6 /proc/$$/stat; echo $$'),
    long,
    null,
  );
  const [home, locale, path, ...rest] = stdout
    .split('\n')
    .filter((line) => !/^(PWD|_|OLDPWD|SHLVL)=/.test(line));
  assert.deepEqual([home, locale], ['HOME=/', 'LC_ALL=C']);
  assert.equal(path, 'PATH=/usr/sbin:/usr/bin:/sbin:/bin');
  const [place, session, pid] = rest.map((line) => line.trim());
  assert.deepEqual([place, session], ['/', pid]);
});

test('it is spoken with', async () => {
  const child = await startChild(['/bin/cat']);
  child.write('hello\n');
  assert.equal(await awaitValue(() => child.said().stdout || undefined), 'hello\n');
  assert.equal(child.said().status, null);
  child.kill('SIGTERM');
  assert.equal((await awaitEnd(child, long, null))?.status, 143);
  child.write('nobody hears that');
});

test('a program that is not there', async () => {
  await assert.rejects(startChild(['/nonexistent/program']), (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'VP_TOOL_FAILED');
    assert.match(error.message, /^cannot start \/nonexistent\/program: .*ENOENT/);
    return true;
  });
});

test('one that does not end is ended', async () => {
  await assert.rejects(runToEnd(['/bin/sleep', '60'], 100, null), {
    code: 'VP_TOOL_FAILED',
    message: '/bin/sleep has not ended after 0.1 s',
  });
});

test('an interruption ends it', async () => {
  const stop = new AbortController();
  const reason = new AppError('VP_INTERRUPTED', 'interrupted');
  const running = runToEnd(['/bin/sleep', '60'], long, stop.signal);
  stop.abort(reason);
  await assert.rejects(running, reason);
});

test('whoever keeps its pipes open does not keep us', async () => {
  const { stdout, status } = await runToEnd(sh('sleep 60 & echo $!'), long, null);
  assert.equal(status, 0);
  const pid = Number(stdout);
  assert.ok(existsSync(`/proc/${pid}`));
  process.kill(pid, 'SIGKILL');
});

test('of what never stops talking only the beginning is kept', async () => {
  const { stdout, status } = await runToEnd(sh('head -c 5000000 /dev/zero'), long, null);
  assert.deepEqual([stdout.length, status], [4 * 1024 * 1024, 0]);
});

test('asking ends with an answer, with the time, or with an interruption', async () => {
  let count = 0;
  const ask = () => (++count === 3 ? 'yes' : null);
  assert.equal(await awaitAnswer(ask, long, null), 'yes');
  assert.equal(await awaitAnswer(() => null, 1, null), null);
  const reason = new AppError('VP_INTERRUPTED', 'interrupted');
  await assert.rejects(
    awaitAnswer(() => null, long, AbortSignal.abort(reason)),
    reason,
  );
});
