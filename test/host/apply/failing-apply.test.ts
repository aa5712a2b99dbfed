import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { describeRoot, makeOldRoot, temporaryFiles } from '../../support/applied-root.ts';
import { programFile, type Run, run, runProvision } from '../../support/run-provision.ts';
import { isRoot, makeScratch, rootOnly, rounds } from '../../support/scratch.ts';
import { needs } from '../../support/tool.ts';

const options = isRoot ? needs('strace') : rootOnly;
const isLong = rounds(0, 1) === 1;

interface Injected extends Run {
  /** The call did come that often. */
  readonly wasInjected: boolean;
}

/** Runs the program with something happening to the call of that number, in each of its processes. */
function inject(context: TestContext, fault: string, ...words: readonly string[]): Injected {
  const log = join(makeScratch(context), 'log');
  const [call] = fault.split(':');
  // With the filter strace is fast, and sends no signals.
  const filter = fault.includes('signal=') ? [] : ['--seccomp-bpf'];
  const tracing = ['-f', ...filter, '-qq', '-o', log, '-e', `trace=${call}`];
  const program = [process.execPath, programFile, ...words];
  const result = run('strace', [...tracing, '-e', `inject=${fault}`, ...program]);
  return { ...result, wasInjected: /INJECTED|killed by SIGKILL/.test(readFileSync(log, 'utf8')) };
}

// Account files may have been written by then: accounts are not rolled back.
function withoutAccounts(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !/^etc\/(passwd|group|shadow|gshadow) /.test(line));
}

/** After whatever happened: apply brings the root into order, and revert gives back what was there. */
function checkRecovery(root: string, before: readonly string[], place: string): void {
  for (const words of [['apply'], ['status'], ['revert', '--accounts']]) {
    const { exitCode, stderr } = runProvision(...words, '--root', root);
    assert.equal(exitCode, 0, `${words} after ${place}: ${stderr}`);
    assert.deepEqual(temporaryFiles(root), [], place);
  }
  assert.deepEqual(describeRoot(root), before, place);
}

const fewCalls = ['rename', 'fsync', 'fchown'];
const allCalls = [
  ...fewCalls,
  'fchmod',
  'mkdir',
  'mkdirat',
  'fchownat',
  'ftruncate',
  'setxattr',
  'pwrite64',
];
// A small run takes a few of the calls; they are in the order of work.
const step = rounds(4, 1);
const errors = ['ENOSPC', 'EIO', 'EACCES'];

for (const call of isLong ? allCalls : fewCalls) {
  test(`each ${call} that fails is rolled back`, options, (context) => {
    for (let count = 1; ; count += step) {
      const root = makeOldRoot(context);
      const before = describeRoot(root);
      const fault = `${call}:error=${errors[Math.floor(count / step) % errors.length]}:when=${count}`;
      const { exitCode, stderr, wasInjected } = inject(context, fault, 'apply', '--root', root);
      if (!wasInjected) break;
      if (exitCode !== 0) {
        assert.equal(exitCode, 1, `${fault}: ${stderr}`);
        assert.match(stderr, /^provision: error: /m);
        assert.deepEqual(withoutAccounts(describeRoot(root)), withoutAccounts(before), fault);
        assert.deepEqual(temporaryFiles(root), [], fault);
      }
      checkRecovery(root, before, fault);
    }
  });
}

for (const command of ['apply', 'revert']) {
  for (const call of isLong ? [...allCalls, 'unlink', 'rmdir'] : ['rename']) {
    test(`killed at each ${call} of ${command}, nothing is lost`, options, (context) => {
      for (let count = 1; ; count += step) {
        const root = makeOldRoot(context);
        const before = describeRoot(root);
        if (command === 'revert') runProvision('apply', '--root', root);
        const words = command === 'revert' ? ['revert', '--accounts'] : ['apply'];
        const fault = `${call}:signal=SIGKILL:when=${count}`;
        const { exitCode, wasInjected } = inject(context, fault, ...words, '--root', root);
        if (exitCode === 0 && !wasInjected) break;
        checkRecovery(root, before, fault);
      }
    });
  }
}

test('the record is on disk before anything else changes', options, (context) => {
  const root = makeOldRoot(context);
  const log = join(makeScratch(context), 'log');
  const calls = 'trace=fsync,fdatasync,rename,renameat,renameat2,mkdir,unlink,link,chmod,fchmod';
  const program = [process.execPath, programFile, 'apply', '--root', root];
  assert.equal(run('strace', ['-f', '-y', '-qq', '-o', log, '-e', calls, ...program]).exitCode, 0);
  const lines = readFileSync(log, 'utf8').split('\n');
  const firstWith = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
  const order = [
    firstWith(/fsync\(\d+<\S+\/applies\/\.000001\.json\.\w+\.tmp>\)/),
    firstWith(/rename\(.*\/000001\.json"\)/),
    firstWith(/fsync\(\d+<\S+\/applies>\) += 0/),
    firstWith(/\/etc[/>]/),
  ];
  const sorted = order.toSorted((a, b) => a - b);
  assert.ok(order.every((index) => index >= 0));
  assert.deepEqual(order, sorted, lines.join('\n'));
});
