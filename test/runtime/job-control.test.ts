import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { call, launcherPath, makeSite, paused, siteWords } from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';
import { atTerminal, hopes, type TerminalStep } from '../support/terminal.ts';

const options = {
  skip: rootOnly.skip || (existsSync('/usr/bin/python3') ? false : 'needs python3 for a terminal'),
};

const monitor = ['-monitor', 'stdio'];
const none: readonly string[] = [];

interface Case {
  readonly what: string;
  /** QEMU's words beside the usual ones: with a monitor it uses the terminal. */
  readonly words: readonly string[];
  readonly steps: readonly TerminalStep[];
}

const cases: readonly Case[] = [
  {
    what: 'Ctrl-Z stops the launcher and QEMU, fg continues both, and the monitor answers',
    words: monitor,
    steps: [
      { see: '(qemu)' },
      { type: '\x1a' },
      { await: 'stopped stopped' },
      { see: 'Stopped' },
      { type: 'fg\n' },
      { await: 'runs runs' },
      { type: 'info status\n' },
      { see: 'VM status: paused' },
      { type: 'quit\n' },
      { await: 'gone gone' },
      { type: 'echo "<$?>"\n' },
      { see: '<0>' },
    ],
  },
  {
    what: 'a stop that only the launcher gets is passed on, and so is its end',
    words: none,
    steps: [
      { signal: 'SIGTSTP', to: 'job' },
      { await: 'stopped stopped' },
      { signal: 'SIGCONT', to: 'job' },
      { await: 'runs runs' },
    ],
  },
  {
    what: 'a stop that only QEMU gets stops the job, for the shell to see',
    words: none,
    steps: [
      { signal: 'SIGTTIN', to: 'child' },
      { await: 'stopped stopped' },
      { see: 'Stopped' },
      { type: 'fg\n' },
      { await: 'runs runs' },
    ],
  },
  {
    what: 'who stops QEMU to look at it does not stop the launcher',
    words: none,
    steps: [
      { signal: 'SIGSTOP', to: 'child' },
      { await: 'runs stopped' },
      { signal: 'SIGCONT', to: 'child' },
      { await: 'runs runs' },
    ],
  },
  {
    what: 'Ctrl-C ends QEMU as it would without a launcher',
    words: monitor,
    steps: [
      { see: '(qemu)' },
      { type: '\x03' },
      { await: 'gone gone' },
      { type: 'echo "<$?>"\n' },
      { see: '<0>' },
    ],
  },
  {
    what: 'in the background it is stopped when it reads the terminal, as every job is',
    words: monitor,
    steps: [
      { see: '(qemu)' },
      { type: '\x1a' },
      { await: 'stopped stopped' },
      { type: 'bg\n' },
      { await: 'stopped stopped', anew: true },
      { type: 'kill %1\n' },
      { type: 'fg\n' },
      { await: 'gone gone' },
    ],
  },
];

for (const { what, words: more, steps } of cases) {
  test(what, options, async (context) => {
    const site = makeSite(context);
    const qemu = [...paused, ...more];
    const words = siteWords(site, 'run', '--name', 'x', '--', ...qemu);
    const answers = await atTerminal([process.execPath, launcherPath, ...words], steps);
    assert.deepEqual(answers, hopes(steps));
    call(siteWords(site, 'restore', '--all'));
  });
}
