import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { judgeProcess } from '../../src/verify/judge.ts';
import { findDifferingThreads } from '../../src/verify/judge-restrictions.ts';
import type { ProcessFacts } from '../../src/verify/process-facts.ts';
import {
  awaitValue,
  factsOfPid,
  startEmulator,
  startProgram,
  surveyMachine,
} from '../support/emulators.ts';
import { emulator, makeDisk, makeSite, paused, start } from '../support/launcher.ts';
import { names } from '../support/process-facts.ts';
import { compile } from '../support/program.ts';
import { makeScratch, rootOnly, rounds } from '../support/scratch.ts';

/** A line of /proc/PID/status, read by the test itself. */
function lineOf(pid: number, name: string): string {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(text)?.[1] ?? assert.fail(name);
}

function judge(facts: ProcessFacts | undefined) {
  assert.ok(facts !== undefined, 'it is among the processes');
  const { verdict, findings } = judgeProcess(facts, names);
  return { facts, verdict, codes: findings.map(({ code }) => code) };
}

const noCapabilities = ['--inh-caps=-all', '--bounding-set=-all'];
const otherUser = ['--reuid', '34567', '--regid', '45678', '--clear-groups'];

interface Case {
  readonly name: string;
  readonly wrapper?: readonly string[];
  readonly words?: readonly string[];
  readonly verdict: string;
  readonly codes: readonly string[];
}

const unbound = ['VP_AUDIT_BOUNDING', 'VP_AUDIT_NO_NEW_PRIVS', 'VP_AUDIT_SECCOMP'];

const cases: readonly Case[] = [
  {
    name: 'as root',
    verdict: 'fail',
    codes: [
      'VP_AUDIT_ROOT',
      'VP_AUDIT_GROUP',
      'VP_AUDIT_CAPABILITY',
      'VP_AUDIT_CAPABILITY',
      ...unbound,
    ],
  },
  {
    name: 'as root without capabilities',
    wrapper: ['setpriv', ...noCapabilities],
    verdict: 'fail',
    codes: ['VP_AUDIT_ROOT', 'VP_AUDIT_GROUP', 'VP_AUDIT_NO_NEW_PRIVS', 'VP_AUDIT_SECCOMP'],
  },
  {
    name: 'as another user with a full bounding set',
    wrapper: ['setpriv', ...otherUser],
    verdict: 'warn',
    codes: unbound,
  },
  {
    name: 'as another user with ambient capabilities',
    wrapper: ['setpriv', ...otherUser, '--inh-caps=+net_admin', '--ambient-caps=+net_admin'],
    verdict: 'fail',
    codes: [...Array(4).fill('VP_AUDIT_CAPABILITY'), ...unbound],
  },
  {
    name: 'without the bounding set, with no_new_privs',
    wrapper: ['setpriv', ...otherUser, '--bounding-set=-all', '--no-new-privs'],
    verdict: 'warn',
    codes: ['VP_AUDIT_SECCOMP'],
  },
  {
    name: 'with nothing, and -sandbox on',
    wrapper: ['setpriv', ...otherUser, '--bounding-set=-all'],
    words: ['-sandbox', 'on'],
    verdict: 'pass',
    codes: [],
  },
];

for (const { name, wrapper, words, verdict, codes } of cases) {
  test(`a real QEMU ${name}: ${verdict}`, rootOnly, async (context) => {
    const pid = await startEmulator(context, wrapper, [...(words ?? []), '-name', 'real']);
    const found = judge(factsOfPid(pid));
    assert.deepEqual([found.verdict, found.codes], [verdict, codes]);
    const { status, threads, ...facts } = found.facts;
    assert.deepEqual(
      [status.text.uid, status.text.gid, status.capEff, status.capPrm, status.capInh],
      ['Uid', 'Gid', 'CapEff', 'CapPrm', 'CapInh'].map((line) => lineOf(pid, line)),
    );
    assert.deepEqual(
      [status.capBnd, status.capAmb, String(Number(status.noNewPrivs)), String(status.seccomp)],
      ['CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp'].map((line) => lineOf(pid, line)),
    );
    const tasks = readdirSync(`/proc/${pid}/task`).map(Number);
    assert.deepEqual(threads.map(({ thread }) => thread).sort(), tasks.sort());
    assert.equal(facts.program, emulator);
    assert.equal(facts.startedBy, 'other');
    assert.deepEqual(facts.unread, []);
  });
}

test('a QEMU of qemu-launch passes, under its own name', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const words = [
    ...paused,
    '-drive',
    `file=${disk},format=raw,if=none,id=d`,
    '-device',
    'virtio-blk-pci,drive=d',
  ];
  const { pid } = await start(context, site, 'audited', words);
  const { facts, verdict, codes } = judge(factsOfPid(pid, site.state));
  assert.deepEqual([verdict, codes], ['pass', []]);
  const { startedBy, guest, evidence } = facts;
  assert.deepEqual(
    [startedBy, guest, evidence],
    ['qemu-launch', 'audited', "the launcher's record"],
  );
  const open = facts.files?.find(({ path }) => path === disk);
  assert.deepEqual([open?.isWritable, open?.uid, open?.mode], [true, 34567, 0o600]);
  const without = judge(factsOfPid(pid));
  assert.deepEqual(
    [without.facts.startedBy, without.facts.evidence],
    ['qemu-launch', 'its parent process'],
  );
});

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

const keeper = `
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <linux/capability.h>
static void *stay(void *unused) { pause(); return unused; }
int main(int count, char **words) {
  pthread_t thread;
  pthread_create(&thread, 0, stay, 0);
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct none[2];
  memset(none, 0, sizeof none);
  syscall(SYS_setresuid, 34567, 34567, 34567);
  syscall(SYS_capset, &header, none);
  puts("ready");
  fflush(stdout);
  if (count > 1 && words[1][0] == 'e') pthread_exit(0);
  pause();
}
`;

test('a thread that kept its capabilities fails its process', rootOnly, async (context) => {
  const program = compile(join(makeScratch(context), 'qemu-system-keeper'), keeper);
  const child = startProgram(context, [program]);
  await awaitValue(() => child.stdout?.read() ?? undefined);
  const { facts, verdict, codes } = judge(factsOfPid(child.pid ?? 0));
  assert.equal(verdict, 'fail');
  assert.equal(facts.status.uid[1], 34567);
  assert.match(facts.status.capEff, /^0{16}$/);
  assert.deepEqual(codes.slice(0, 3), ['VP_AUDIT_ROOT', 'VP_AUDIT_GROUP', 'VP_AUDIT_CAPABILITY']);
  assert.equal(facts.threads.length, 2);
  const [differing] = findDifferingThreads(facts);
  assert.deepEqual(differing?.lines, ['Uid', 'CapPrm', 'CapEff']);
});

test('a process whose first thread has ended is no zombie', rootOnly, async (context) => {
  const program = compile(join(makeScratch(context), 'qemu-system-headless'), keeper);
  const child = startProgram(context, [program, 'exit']);
  const pid = child.pid ?? 0;
  await awaitValue(() => (lineOf(pid, 'State').startsWith('Z') ? true : undefined));
  const { facts, verdict } = judge(factsOfPid(pid));
  assert.deepEqual([facts.program, facts.status.state, verdict], [program, 'Z', 'fail']);
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
    const loop = 'while :; do "$0" 0.002 & "$0" 0.005 & "$0" 0.001; done';
    startProgram(context, ['sh', '-c', loop, program]);
    await awaitValue(() => surveyMachine().processes.find((facts) => facts.program === program));
    let seen = 0;
    for (let round = 0; round < rounds(60, 1500); round += 1) {
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
  const crowd = 'for i in $(seq "$0"); do sleep 300 & done; echo ready; wait';
  const shell = startProgram(context, [
    'unshare',
    '--pid',
    '--fork',
    '--kill-child',
    'bash',
    '-c',
    crowd,
    String(count),
  ]);
  await awaitValue(() => shell.stdout?.read() ?? undefined);
  const numbers = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  assert.ok(numbers.length > count);
  assert.equal(judge(factsOfPid(pid)).verdict, 'fail');
});

test(
  'a QEMU in namespaces of its own is seen, with the rights that it has there',
  rootOnly,
  async (context) => {
    const namespaces = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
    const wrapper = ['setpriv', ...otherUser, 'unshare', ...namespaces];
    startProgram(context, [...wrapper, emulator, ...paused.slice(1), '-name', 'contained']);
    const find = () => surveyMachine().processes.find(({ guest }) => guest === 'contained');
    const facts = await awaitValue(find);
    assert.equal(facts.isNamespaced, true);
    assert.deepEqual(facts.status.uid, [34567, 34567, 34567, 34567]);
    const { verdict, codes } = judge(facts);
    assert.equal(verdict, 'fail');
    assert.deepEqual(codes.slice(0, 1), ['VP_AUDIT_CAPABILITY']);
  },
);
