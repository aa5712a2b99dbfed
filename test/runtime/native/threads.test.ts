import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listRecords, recordOf } from '../../support/claims.ts';
import {
  launcherPath,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  type Site,
  siteWords,
} from '../../support/launcher.ts';
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

for (const wrapper of [['env'], blockAll]) {
  test(`the main thread alone takes the signals, started by ${wrapper[0]}`, () => {
    const [program = '', ...words] = [...wrapper, process.execPath, '-e', printOpenThreads];
    const { stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
    assert.deepEqual([stdout, stderr], ['true 0\n', '']);
  });
}

/** The launcher's own execve, the second after the one that made it Node, takes its time. */
function spawnDelayed(site: Site, disk: string, command: string): ChildProcess {
  const delay = ['-e', 'trace=execve', '-e', 'inject=execve:delay_enter=400000:when=2'];
  const drive = ['-drive', `file=${disk},format=raw`];
  const words = siteWords(site, command, '--name', 'x', '--', ...paused, ...drive);
  const trace = ['-qq', '-D', '-o', '/dev/null', ...delay];
  const options = { cwd: '/', stdio: 'ignore' } as const;
  return spawn('strace', [...trace, process.execPath, launcherPath, ...words], options);
}

for (const signal of signals) {
  test(
    `${signal} while the launcher becomes the waiting parent ends QEMU`,
    needsStrace,
    async (context) => {
      const site = makeSite(context);
      const disk = makeDisk(site);
      const launcher = spawnDelayed(site, disk, 'run');
      const ended = once(launcher, 'close');
      while (recordOf(site, 'x')?.verified !== true) await sleep(5);
      const pid = recordOf(site, 'x')?.pid ?? 0;
      await sleep(100);
      launcher.kill(signal);
      await ended;
      assert.equal(existsSync(`/proc/${pid}`), false);
      assert.deepEqual([ownerOf(disk), listRecords(site)], [owner, []]);
    },
  );
}
