import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { listRecords } from '../../support/claims.ts';
import { makeDisk, makeSite, owner, ownerOf, pausedWith, start } from '../../support/launcher.ts';
import { projectRoot, rootOnly } from '../../support/scratch.ts';
import { needs } from '../../support/tool.ts';

const needsStrace = { skip: rootOnly.skip || needs('strace').skip };
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Prints which threads but the main one do not block TERM, INT, HUP, QUIT, USR1, USR2 and WINCH. */
const printOpenThreads = `
const { readdirSync, readFileSync } = require('node:fs');
const native = require('${projectRoot}/dist/native/addon.node');
const forwarded = 0x8004a07n;
const blocked = (thread) =>
  BigInt('0x' + /^SigBlk:\\s(\\w+)$/m.exec(readFileSync('/proc/self/task/' + thread + '/status'))[1]);
const listOpen = () =>
  readdirSync('/proc/self/task').filter(
    (thread) => Number(thread) !== process.pid && (blocked(thread) & forwarded) !== forwarded,
  );
const before = listOpen().length;
native.watchSignals();
console.log(before > 0, listOpen().length);
`;

/** Starts a program with every signal blocked, as a careless supervisor does. */
const blockAll = [
  'python3',
  '-c',
  'import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); os.execvp(sys.argv[1], sys.argv[1:])',
];

/** So many that /proc/PID/status is far longer than a page. */
const inManyGroups = ['setpriv', `--groups=${Array.from({ length: 2000 }, (_, n) => 100_000 + n)}`];

for (const [how, wrapper, needed] of [
  ['plainly', [], {}],
  ['with every signal blocked', blockAll, {}],
  ['in 2000 groups', inManyGroups, rootOnly],
] as const) {
  test(`the main thread alone takes the signals, started ${how}`, needed, () => {
    const [program = '', ...words] = [...wrapper, process.execPath, '-e', printOpenThreads];
    const { stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
    assert.deepEqual([stdout, stderr], ['true 0\n', '']);
  });
}

/** The first execve after the one that made it Node is the launcher's own: it takes a second. */
const delayed =
  'strace -qq -D -o /dev/null -e trace=execve -e inject=execve:delay_enter=1000000:when=1';

for (const signal of signals) {
  test(`${signal} while the launcher becomes the waiting parent ends QEMU`, {
    ...needsStrace,
    timeout: 30_000,
  }, async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const vm = await start(context, site, 'x', pausedWith(disk), [], delayed.split(' '));
    assert.equal(readlinkSync(`/proc/${vm.launcher.pid}/exe`), process.execPath);
    vm.launcher.kill(signal);
    assert.equal(await vm.ended, 0);
    assert.equal(existsSync(`/proc/${vm.pid}`), false);
    assert.deepEqual([ownerOf(disk), listRecords(site)], [owner, []]);
  });
}
