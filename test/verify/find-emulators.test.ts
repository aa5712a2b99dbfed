import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  awaitValue,
  factsOfPid,
  startEmulator,
  startProgram,
  surveyMachine,
} from '../support/emulators.ts';
import { judge, lineOf } from '../support/judged-process.ts';
import { emulator } from '../support/launcher.ts';
import { makeScratch, rootOnly, rounds } from '../support/scratch.ts';

test(
  'an emulator under another name, its file deleted since, is known by its content',
  rootOnly,
  async (context) => {
    const copy = join(makeScratch(context), 'innocent');
    copyFileSync(emulator, copy);
    const pid = await startEmulator(context, [], ['-machine', 'none'], copy);
    assert.equal(factsOfPid(pid)?.mark, 'content');
    rmSync(copy);
    const facts = factsOfPid(pid);
    assert.deepEqual([facts?.mark, facts?.program, facts?.isDeleted], ['content', copy, true]);
    assert.equal(judge(facts).verdict, 'fail');
  },
);

test('an emulator whose file was deleted or replaced since', rootOnly, async (context) => {
  const place = makeScratch(context);
  const copy = join(place, 'qemu-system-x86_64');
  copyFileSync(emulator, copy);
  const pid = await startEmulator(context, [], ['-machine', 'none'], copy);
  // As a package manager does it: the new file takes the name of the old one.
  copyFileSync('/bin/true', join(place, 'new'));
  renameSync(join(place, 'new'), copy);
  const { facts, verdict } = judge(factsOfPid(pid));
  const { mark, program, isDeleted } = facts;
  assert.deepEqual([mark, program, isDeleted, verdict], ['name', copy, true, 'fail']);
});

test('an emulator whose file was renamed since', rootOnly, async (context) => {
  const place = makeScratch(context);
  const [copy, renamed] = [join(place, 'qemu-kvm'), join(place, 'innocent')];
  copyFileSync(emulator, copy);
  const pid = await startEmulator(context, [], ['-machine', 'none'], copy);
  assert.equal(factsOfPid(pid)?.mark, 'name');
  renameSync(copy, renamed);
  const { mark, program, isDeleted } = judge(factsOfPid(pid)).facts;
  assert.deepEqual([mark, program, isDeleted], ['content', renamed, false]);
});

test('what a process calls itself counts for nothing', rootOnly, async (context) => {
  const call = (name: string) => ['bash', '-c', 'exec -a "$0" "$@"', name];
  const words = [...call('qemu-system-x86_64'), '/bin/sleep', '60'];
  const pretender = startProgram(context, words).pid ?? 0;
  const hidden = await startEmulator(context, call('sleep'), ['-name', 'hidden']);
  const isRenamed = () => readFileSync(`/proc/${pretender}/cmdline`, 'utf8').startsWith('qemu');
  await awaitValue(() => (isRenamed() ? true : undefined));
  assert.equal(factsOfPid(pretender), undefined);
  const { mark, guest } = judge(factsOfPid(hidden)).facts;
  assert.deepEqual([mark, guest], ['name', 'hidden']);
});

test('an emulator that the dynamic loader runs', rootOnly, async (context) => {
  const pid = await startEmulator(context, ['/lib64/ld-linux-x86-64.so.2'], ['-machine', 'none']);
  assert.equal(factsOfPid(pid)?.mark, 'mapping');
});

test('a script of an emulator’s name is none', rootOnly, async (context) => {
  const script = join(makeScratch(context), 'qemu-system-x86_64');
  writeFileSync(script, '#!/bin/sh\necho $$\nkill -STOP $$\n');
  chmodSync(script, 0o755);
  const child = startProgram(context, [script]);
  await awaitValue(() => (child.stdout?.read() === null ? undefined : true));
  assert.equal(lineOf(child.pid ?? 0, 'Name'), 'qemu-system-x86');
  assert.equal(factsOfPid(child.pid ?? 0), undefined);
});

test('a zombie is no process any more', rootOnly, async (context) => {
  const program = join(makeScratch(context), 'qemu-system-zombie');
  copyFileSync('/bin/sleep', program);
  const words = '"$0" 0.2 & echo $!; exec sleep 60';
  const parent = startProgram(context, ['sh', '-c', words, program]);
  const pid = Number(await awaitValue(() => parent.stdout?.read() ?? undefined));
  await awaitValue(() => (lineOf(pid, 'State').startsWith('Z') ? true : undefined));
  const survey = surveyMachine();
  assert.equal(
    survey.processes.find((facts) => facts.pid === pid),
    undefined,
  );
  assert.equal(
    survey.unknown.find((process) => process.pid === pid),
    undefined,
  );
});

test(
  'processes that end while they are read give no error and no half answer',
  rootOnly,
  async (context) => {
    const program = join(makeScratch(context), 'qemu-system-brief');
    copyFileSync('/bin/sleep', program);
    // Some live long enough to be read whole, on a busy machine too.
    const loop = 'while :; do "$0" 0.002 & "$0" 0.005 & "$0" 0.2 & "$0" 0.001; done';
    startProgram(context, ['sh', '-c', loop, program]);
    await awaitValue(() => surveyMachine().processes.find((facts) => facts.program === program));
    let seen = 0;
    for (let round = 0; round < rounds(30, 1500); round += 1) {
      for (const facts of surveyMachine().processes) {
        if (facts.program !== program) continue;
        seen += 1;
        assert.ok(facts.threads.length > 0);
        assert.equal(facts.status.uid[1], 0);
        assert.equal(judge(facts).verdict, 'fail');
      }
      await new Promise(setImmediate);
    }
    assert.ok(seen > 0, 'some were seen');
  },
);

test('a crowd of others changes nothing', rootOnly, async (context) => {
  const count = rounds(200, 2000);
  const pid = await startEmulator(context);
  const crowd = 'for i in $(seq "$0"); do sleep 300 & echo $!; done; echo ready; wait';
  const words = ['unshare', '--pid', '--fork', '--kill-child', 'bash', '-c', crowd, String(count)];
  const shell = startProgram(context, words);
  let text = '';
  shell.stdout?.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  await awaitValue(() => (text.endsWith('ready\n') ? true : undefined));
  const inside = text.trim().split('\n').slice(0, -1);
  assert.equal(inside.length, count);
  const { processes, unknown } = surveyMachine();
  const parent = readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8').trim();
  const bystanders = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
    .trim()
    .split(' ');
  assert.equal(bystanders.length, count);
  const found = new Set([...processes, ...unknown].map((each) => String(each.pid)));
  assert.deepEqual(
    bystanders.filter((name) => found.has(name)),
    [],
  );
  assert.equal(judge(processes.find((facts) => facts.pid === pid)).verdict, 'fail');
});
