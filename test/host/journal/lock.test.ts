import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Waiting, withRootLock } from '../../../src/host/journal/lock.ts';
import type { Root } from '../../../src/host/root.ts';
import { openRoot } from '../../../src/host/root.ts';
import { makeOldRoot } from '../../support/applied-root.ts';
import { addonFile, makeTree, openTree } from '../../support/host.ts';
import { native } from '../../support/native.ts';
import { programFile, runProvision } from '../../support/run-provision.ts';
import { rootOnly } from '../../support/scratch.ts';

const lockFile = 'var/lib/virt-privileges/provision.lock';

/** Somebody else at work: the lock is taken by another open file. */
function hold(root: Root, pid: string): number {
  mkdirSync(join(root.path, 'var/lib/virt-privileges'), { recursive: true, mode: 0o700 });
  const path = join(root.path, lockFile);
  writeFileSync(path, pid, { mode: 0o600 });
  const file = openSync(path, 'r+');
  assert.equal(native.tryLock(file), true);
  return file;
}

function work(root: Root, waiting: Waiting = null): Promise<string> {
  return withRootLock(root, waiting, async () => readFileSync(join(root.path, lockFile), 'utf8'));
}

test('one at a time, and the holder’s number is in the file', rootOnly, async (context) => {
  const root = openTree(context);
  assert.equal(await work(root), `${process.pid}\n`);
  await withRootLock(root, null, async () => {
    await assert.rejects(work(root), {
      code: 'VP_ROOT_BUSY',
      message: `cannot change ${root.path}: process ${process.pid} is changing it`,
      hint: 'wait for its end with --wait',
    });
  });
  assert.equal(await work(root), `${process.pid}\n`, 'given up at the end');
  await assert.rejects(
    withRootLock(root, null, () => Promise.reject(new Error('no'))),
    /^Error: no$/,
  );
  await work(root);
});

for (const [name, pid] of [
  ['that has not written its number', ''],
  ['whose number is nobody’s', '4194999\n'],
  ['whose number is none', '../self\n'],
] as const) {
  test(`a holder ${name} is not named`, rootOnly, async (context) => {
    const root = openTree(context);
    hold(root, pid);
    await assert.rejects(work(root), {
      message: `cannot change ${root.path}: another process is changing it`,
    });
  });
}

test('waiting says for whom, once, and can be interrupted', rootOnly, async (context) => {
  const root = openTree(context);
  hold(root, `${process.pid}\n`);
  const said: string[] = [];
  const stop = new AbortController();
  const waiting = { signal: stop.signal, say: (text: string) => said.push(text) };
  setTimeout(() => stop.abort(new Error('enough')), 350);
  await assert.rejects(work(root, waiting), /^Error: enough$/);
  assert.deepEqual(said, [`waiting for process ${process.pid}, which is changing ${root.path}`]);
});

test(
  'a link in the place of the lock or its directory is not followed',
  rootOnly,
  async (context) => {
    const victim = makeTree(context, { file: 'kept' });
    const root = openTree(context, { 'var/lib/virt-privileges/x': '' });
    symlinkSync(join(victim, 'file'), join(root.path, lockFile));
    await assert.rejects(work(root), { code: 'VP_FILE_WRITE' });
    assert.equal(readFileSync(join(victim, 'file'), 'utf8'), 'kept');
    const other = openTree(context, { 'var/lib/x': '', 'other/x': '' });
    symlinkSync('/other', join(other.path, 'var/lib/virt-privileges'));
    await assert.rejects(work(other), { code: 'VP_LEDGER_UNTRUSTED' });
  },
);

function startApply(context: TestContext, root: string, ...words: readonly string[]) {
  const child = spawn(process.execPath, [programFile, 'apply', '--root', root, ...words]);
  context.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  return new Promise<{ exitCode: number | null; stderr: string }>((resolve) => {
    child.on('close', (exitCode) => resolve({ exitCode, stderr }));
  });
}

test(
  'of several applies at once each makes the root so, one after the other',
  rootOnly,
  async (context) => {
    const root = makeOldRoot(context);
    const runs = Array.from({ length: 4 }, () => startApply(context, root, '--wait'));
    for (const { exitCode, stderr } of await Promise.all(runs)) assert.equal(exitCode, 0, stderr);
    assert.equal(runProvision('status', '--root', root).exitCode, 0);
    const passwd = readFileSync(join(root, 'etc/passwd'), 'utf8');
    assert.equal(passwd.match(/^libvirt-qemu:/gm)?.length, 1);
  },
);

test('a second apply says who is at work, and changes nothing', rootOnly, async (context) => {
  const root = makeOldRoot(context);
  const opened = openRoot(root, addonFile);
  await withRootLock(opened, null, async () => {
    const { exitCode, stderr } = await startApply(context, root);
    assert.equal(exitCode, 1);
    const text = `error: cannot change ${root}: process ${process.pid} is changing it\n`;
    assert.ok(stderr.includes(text), stderr);
    assert.equal(runProvision('apply', '--dry-run', '--root', root).exitCode, 0);
  });
});
