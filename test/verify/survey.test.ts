import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ProcessFacts } from '../../src/verify/process-facts.ts';
import { readSurvey } from '../../src/verify/survey.ts';
import { type CraftedProcess, link, makeProcRoot, write } from '../support/crafted-proc.ts';
import { makeScratch } from '../support/scratch.ts';

function surveyOf(context: TestContext, processes: readonly CraftedProcess[]) {
  const root = makeProcRoot(makeScratch(context), processes);
  return readSurvey({ root, stateDirectory: join(root, 'state') });
}

const kernelThread = 0x200000;

interface Case {
  readonly name: string;
  readonly process: CraftedProcess;
  /** What is found; null when it is no QEMU. */
  readonly found: Partial<ProcessFacts> | null;
}

const cases: readonly Case[] = [
  {
    name: 'an emulator by the name of its file',
    process: { pid: 7 },
    found: { pid: 7, mark: 'name', program: '/usr/bin/qemu-system-x86_64', isDeleted: false },
  },
  {
    name: 'a process that ended before its limits were read',
    process: { pid: 7, files: { limits: '' } },
    found: { mark: 'name', limits: null, unread: [] },
  },
  {
    name: "RHEL's name",
    process: { pid: 7, exe: '/usr/libexec/qemu-kvm' },
    found: { mark: 'name', program: '/usr/libexec/qemu-kvm' },
  },
  {
    name: 'a deleted file',
    process: { pid: 7, exe: '/usr/bin/qemu-system-arm (deleted)' },
    found: { mark: 'name', program: '/usr/bin/qemu-system-arm', isDeleted: true },
  },
  {
    name: 'a file that was renamed aside',
    process: { pid: 7, exe: '/usr/bin/qemu-system-x86_64.dpkg-tmp' },
    found: { mark: 'name' },
  },
  {
    name: "a wrapper's hidden file",
    process: { pid: 7, exe: '/nix/store/x/bin/.qemu-system-x86_64-wrapped' },
    found: { mark: 'name' },
  },
  {
    name: 'a loader that maps an emulator',
    process: {
      pid: 7,
      exe: '/usr/lib64/ld-linux-x86-64.so.2',
      files: { maps: '7f00-7f01 r-xp 00000000 08:01 9    /usr/bin/qemu-system-x86_64\n' },
    },
    found: { mark: 'mapping' },
  },
  {
    name: 'a loader that runs something else',
    process: {
      pid: 7,
      exe: '/usr/lib64/ld-linux-x86-64.so.2',
      files: { maps: '7f00-7f01 r-xp 0 08:01 9 /bin/true\n' },
    },
    found: null,
  },
  {
    name: 'a script of that name: its program is the shell',
    process: { pid: 7, exe: '/bin/sh', comm: 'qemu-system-x86' },
    found: null,
  },
  {
    name: 'a shell that mentions one on its command line',
    process: { pid: 7, exe: '/bin/sh', cmdline: ['sh', '-c', 'qemu-system-x86_64'] },
    found: null,
  },
  { name: "QEMU's image tool", process: { pid: 7, exe: '/usr/bin/qemu-img' }, found: null },
  {
    name: 'emulation of single programs',
    process: { pid: 7, exe: '/usr/bin/qemu-x86_64' },
    found: null,
  },
  {
    name: 'a program that only starts so',
    process: { pid: 7, exe: '/usr/bin/qemu-kvmtool' },
    found: null,
  },
  {
    name: 'a kernel thread',
    process: { pid: 7, exe: null, comm: 'kvm', flags: kernelThread },
    found: null,
  },
  { name: 'a zombie', process: { pid: 7, exe: null, state: 'Z' }, found: null },
  {
    name: 'a first thread that has ended before the others',
    process: {
      pid: 7,
      exe: null,
      state: 'Z',
      threads: { 9: {} },
    },
    found: { pid: 7, mark: 'name', program: '/usr/bin/qemu-system-x86_64' },
  },
];

for (const { name, process, found } of cases) {
  test(name, (context) => {
    const root = makeProcRoot(makeScratch(context), [process]);
    if (process.threads !== undefined)
      link(join(root, 'proc/7/task/9/exe'), '/usr/bin/qemu-system-x86_64');
    const survey = readSurvey({ root, stateDirectory: join(root, 'state') });
    assert.deepEqual(survey.unknown, []);
    assert.equal(survey.processes.length, found === null ? 0 : 1);
    const [facts] = survey.processes;
    for (const [key, value] of Object.entries(found ?? {}))
      assert.deepEqual(facts?.[key as keyof ProcessFacts], value, key);
  });
}

test('what is read of a process', (context) => {
  const process = { pid: 7, startTime: 4711, files: { 'attr/current': 'system_u:x:svirt_t\0' } };
  const [facts] = surveyOf(context, [process]).processes;
  assert.equal(facts?.startTime, '4711');
  assert.equal(facts?.label, 'system_u:x:svirt_t');
  assert.equal(facts?.isNamespaced, false);
  assert.deepEqual(facts?.limits?.core, [0, 'unlimited']);
  assert.deepEqual(facts?.limits?.memlock, [65536, 65536]);
  assert.deepEqual(facts?.files, []);
  assert.deepEqual(facts?.unread, []);
});

test('another user namespace than the reader', (context) => {
  const survey = surveyOf(context, [{ pid: 7 }, { pid: 8, namespace: 'user:[2]' }]);
  assert.deepEqual(
    survey.processes.map(({ isNamespaced }) => isNamespaced),
    [false, true],
  );
});

test('a reader whose ids are mapped', (context) => {
  const root = makeProcRoot(makeScratch(context), [{ pid: 7 }]);
  assert.equal(readSurvey({ root, stateDirectory: root }).isNamespaced, false);
  write(join(root, 'proc/self/uid_map'), '         0     100000      65536\n');
  assert.equal(readSurvey({ root, stateDirectory: root }).isNamespaced, true);
});

test('a /proc that shows no process is no answer', (context) => {
  const root = makeProcRoot(makeScratch(context), []);
  assert.throws(() => readSurvey({ root, stateDirectory: root }), {
    code: 'VP_ROOT_INVALID',
    message: `cannot audit ${root}/proc: it shows no process`,
  });
});
