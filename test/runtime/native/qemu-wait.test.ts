import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { projectRoot } from '../../support/scratch.ts';

const programs = new Map([['as it is', join(projectRoot, 'dist/native/qemu-wait')]]);
const sanitized = join(projectRoot, 'build/native-sanitized-wait');

before(() => {
  const words = ['-s', '-C', join(projectRoot, 'src/runtime/native'), 'SANITIZE=1'];
  execFileSync('make', [...words, `OUT=${sanitized}`, `${sanitized}/qemu-wait`]);
});
programs.set('with sanitizers', `${sanitized}/qemu-wait`);

interface Row {
  readonly what: string;
  readonly child: string;
  /** The command that gives back; what it prints shows what it is called with. */
  readonly command?: string;
  readonly status: number;
  readonly said: string;
}

const notAll = [
  'qemu-launch: error: not everything was given back',
  'qemu-launch: hint: run `qemu-launch restore --all`',
];

// The shell has become it, and it ignores SIGPIPE, which it does after it has blocked what it passes on.
const untilItWaits =
  'until grep -q qemu-wait /proc/$PPID/comm && grep -q "SigIgn:.*1...$" /proc/$PPID/status; do sleep 0.01; done';

const rows: readonly Row[] = [
  { what: 'it ends well', child: 'exit 0', status: 0, said: 'back' },
  { what: 'it ends with a status', child: 'exit 3', status: 3, said: 'back' },
  { what: 'it fails at its start', child: 'exit 1', status: 1, said: 'back --ended 1' },
  { what: 'a filter ends it', child: 'kill -SYS $$', status: 159, said: 'back --ended 159' },
  { what: 'a signal ends it', child: 'kill -KILL $$', status: 137, said: 'back' },
  {
    what: 'TERM is passed on',
    child: `trap "exit 7" TERM; ${untilItWaits}; kill -TERM $PPID; while :; do sleep 0.01; done`,
    status: 7,
    said: 'back',
  },
  {
    what: 'what it cannot give back is said',
    child: 'exit 0',
    command: '/bin/false',
    status: 0,
    said: notAll.join('\n'),
  },
  {
    what: 'a command that is gone is said',
    child: 'exit 0',
    command: '/nowhere',
    status: 0,
    said: [`${notAll[0]}: No such file or directory`, notAll[1]].join('\n'),
  },
];

/** Has a shell start the child and become its waiting parent. */
function wait(program: string, { child, command = '/bin/echo' }: Row) {
  const script = 'sh -c "$2" & exec "$1" $! "$3" back';
  const words = ['-c', script, 'sh', program, child, command];
  const { status, stdout, stderr } = spawnSync('/bin/sh', words, {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, said: `${stdout}${stderr}`.trim() };
}

for (const [how, program] of programs)
  for (const row of rows)
    test(`qemu-wait ${how}: ${row.what}`, () => {
      assert.deepEqual(wait(program, row), { status: row.status, said: row.said });
    });
