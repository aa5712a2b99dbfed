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

const record = {
  version: 1,
  name: 'vm1',
  bootId: 'boot-1',
  pid: 7,
  startTime: '100',
  landlock: { level: 'full', abi: 7 },
};

interface OriginCase {
  readonly name: string;
  readonly process?: Partial<CraftedProcess>;
  readonly parent?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly expected: Pick<ProcessFacts, 'startedBy' | 'guest' | 'evidence'>;
}

const origins: readonly OriginCase[] = [
  {
    name: "the launcher's record",
    files: { 'state/claims/vm1.json': JSON.stringify(record) },
    process: { cmdline: ['qemu', '-name', 'its own word'] },
    expected: { startedBy: 'qemu-launch', guest: 'vm1', evidence: "the launcher's record" },
  },
  {
    name: 'a record of another process with this pid',
    files: { 'state/claims/vm1.json': JSON.stringify({ ...record, startTime: '99' }) },
    expected: { startedBy: 'other', guest: null, evidence: 'bash, process 1' },
  },
  {
    name: 'a record of another boot',
    files: { 'state/claims/vm1.json': JSON.stringify({ ...record, bootId: 'boot-0' }) },
    expected: { startedBy: 'other', guest: null, evidence: 'bash, process 1' },
  },
  {
    name: 'a damaged record',
    files: { 'state/claims/vm1.json': '{"name":' },
    expected: { startedBy: 'other', guest: null, evidence: 'bash, process 1' },
  },
  {
    name: "the launcher's waiting process",
    parent: '/usr/libexec/virt-privileges/qemu-exec',
    process: { cmdline: ['qemu', '-name', 'guest=a,,b,debug-threads=on'] },
    expected: { startedBy: 'qemu-launch', guest: 'a,b', evidence: 'its parent process' },
  },
  {
    name: "libvirt's pid file",
    files: { 'run/libvirt/qemu/web.pid': '7' },
    expected: { startedBy: 'libvirt', guest: 'web', evidence: "libvirt's pid file" },
  },
  {
    name: "libvirt's scope",
    process: {
      cgroup: '0::/machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt/emulator\n',
      cmdline: ['qemu', '-name', 'guest=web,debug-threads=on'],
    },
    expected: { startedBy: 'libvirt', guest: 'web', evidence: 'its control group' },
  },
  {
    name: "libvirt's group without systemd",
    process: { cgroup: '4:cpu:/machine/qemu-1-web.libvirt-qemu/emulator\n' },
    expected: { startedBy: 'libvirt', guest: null, evidence: 'its control group' },
  },
  {
    name: "libvirt's command line",
    process: {
      cmdline: [
        'qemu',
        '-object',
        '{"qom-type":"secret","file":"/var/lib/libvirt/qemu/domain-3-web/master-key.aes"}',
        '-name',
        'old',
        '-name',
        'web',
      ],
    },
    expected: { startedBy: 'libvirt', guest: 'web', evidence: 'its command line' },
  },
  {
    name: 'a shell',
    process: { cmdline: ['qemu', '-name', 'web'] },
    expected: { startedBy: 'other', guest: 'web', evidence: 'bash, process 1' },
  },
  {
    name: 'a last word -name',
    process: { cmdline: ['qemu', '-name'] },
    expected: { startedBy: 'other', guest: null, evidence: 'bash, process 1' },
  },
];

for (const { name, process, parent = '/bin/bash', files = {}, expected } of origins) {
  test(`who started it: ${name}`, (context) => {
    const first: CraftedProcess = { pid: 1, exe: parent };
    const root = makeProcRoot(makeScratch(context), [first, { pid: 7, ...process }]);
    for (const [path, text] of Object.entries(files)) write(join(root, path), text);
    const survey = readSurvey({ root, stateDirectory: join(root, 'state') });
    const { startedBy, guest, evidence, landlock } =
      survey.processes.find(({ pid }) => pid === 7) ?? assert.fail('not found');
    assert.deepEqual({ startedBy, guest, evidence }, expected);
    const isRecorded = evidence === "the launcher's record";
    assert.equal(landlock, isRecorded ? 'full' : null);
  });
}
