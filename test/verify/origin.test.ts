import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ClaimRecord } from '../../src/formats/claim-record.ts';
import type { ProcessFacts } from '../../src/verify/process-facts.ts';
import { readSurvey } from '../../src/verify/survey.ts';
import {
  type CraftedProcess,
  emptySet,
  fullSet,
  makeProcRoot,
  write,
} from '../support/crafted-proc.ts';
import { isRoot, makeScratch } from '../support/scratch.ts';

const record: ClaimRecord = {
  version: 1,
  name: 'vm1',
  bootId: 'boot-1',
  pid: 7,
  startTime: '100',
  runDirectory: '/run/virt-privileges',
  identity: { user: 'qemu', uid: 107, group: 'qemu', gid: 107, groups: [107] },
  verified: true,
  status: { CapBnd: emptySet },
  landlock: { level: 'full', abi: 7 },
  claims: [],
  timings: {},
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
    name: 'a record of another version',
    files: { 'state/claims/vm1.json': JSON.stringify({ ...record, version: 2 }) },
    expected: { startedBy: 'other', guest: null, evidence: 'bash, process 1' },
  },
  {
    name: 'a damaged record',
    files: { 'state/claims/vm1.json': '{"name":' },
    expected: { startedBy: 'other', guest: null, evidence: 'bash, process 1' },
  },
  {
    name: "the launcher's waiting process",
    parent: '/usr/libexec/virt-privileges/qemu-wait',
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
    const { startedBy, guest, evidence, landlock, securebits } =
      survey.processes.find(({ pid }) => pid === 7) ?? assert.fail('not found');
    assert.deepEqual({ startedBy, guest, evidence }, expected);
    const isRecorded = evidence === "the launcher's record";
    assert.equal(landlock, isRecorded ? 'full' : null);
    assert.equal(securebits, isRecorded && isRoot ? 'locked' : null);
  });
}

for (const [name, changed, expected] of [
  ['is not verified yet says nothing of what holds the process', { verified: false }, null],
  ['has a bounding set says nothing of securebits', { status: { CapBnd: fullSet } }, 'full'],
  ['has no Landlock level', { landlock: undefined, status: null }, null],
] as const) {
  test(`a record that ${name}`, (context) => {
    const root = makeProcRoot(makeScratch(context), [{ pid: 7 }]);
    write(join(root, 'state/claims/vm1.json'), JSON.stringify({ ...record, ...changed }));
    const [facts] = readSurvey({ root, stateDirectory: join(root, 'state') }).processes;
    const { startedBy, landlock, securebits } = facts ?? assert.fail('not found');
    assert.deepEqual([startedBy, landlock, securebits], ['qemu-launch', expected, null]);
  });
}
