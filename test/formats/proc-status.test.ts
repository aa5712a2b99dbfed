import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseProcStatus } from '../../src/formats/proc-status.ts';

const none = '0000000000000000';
const text = [
  'Name:\tqemu-system-x86',
  'Umask:\t0077',
  'State:\tS (sleeping)',
  'Tgid:\t100',
  'Ngid:\t0',
  'Pid:\t101',
  'PPid:\t1',
  'TracerPid:\t0',
  'Uid:\t107\t107\t107\t107',
  'Gid:\t107\t108\t109\t4294967294',
  'FDSize:\t64',
  'Groups:\t36 107 ',
  'Threads:\t3',
  `SigBlk:\t${none}`,
  'SigIgn:\t0000000000001000',
  'SigCgt:\t0000000180014202',
  `CapInh:\t${none}`,
  `CapPrm:\t${none}`,
  `CapEff:\t${none}`,
  'CapBnd:\t000001ffffffffff',
  `CapAmb:\t${none}`,
  'NoNewPrivs:\t1',
  'Seccomp:\t2',
  'Seccomp_filters:\t1',
  '',
].join('\n');

test('every field of a status', () => {
  assert.deepEqual(parseProcStatus(text), {
    name: 'qemu-system-x86',
    state: 'S',
    tgid: 100,
    pid: 101,
    ppid: 1,
    threads: 3,
    uid: [107, 107, 107, 107],
    gid: [107, 108, 109, 4294967294],
    groups: [36, 107],
    text: { uid: '107\t107\t107\t107', gid: '107\t108\t109\t4294967294', groups: '36 107' },
    sigBlk: none,
    sigIgn: '0000000000001000',
    sigCgt: '0000000180014202',
    capInh: none,
    capPrm: none,
    capEff: none,
    capBnd: '000001ffffffffff',
    capAmb: none,
    noNewPrivs: true,
    seccomp: 2,
    seccompFilters: 1,
  });
});

test('a process in no supplementary group, on a kernel that counts no filters', () => {
  const status = parseProcStatus(
    text.replace('Groups:\t36 107 ', 'Groups:\t').replace(/Seccomp.*\n/g, ''),
  );
  assert.deepEqual([status.groups, status.seccomp, status.seccompFilters], [[], null, null]);
});

test('a name with a colon is a name, and no second line counts', () => {
  const status = parseProcStatus(`${text.replace('qemu-system-x86', 'Uid: 0')}Uid:\t0\t0\t0\t0\n`);
  assert.deepEqual([status.name, status.uid[0]], ['Uid: 0', 107]);
});

test('the status of this very process', () => {
  const status = parseProcStatus(readFileSync('/proc/self/status', 'utf8'));
  assert.deepEqual([status.pid, status.ppid], [process.pid, process.ppid]);
  assert.equal(status.uid[1], process.geteuid?.());
});

const faults: readonly [line: string, from: RegExp, to: string][] = [
  ['Name', /^Name.*\n/m, ''],
  ['State', /^State.*\n/m, ''],
  ['Pid', /^Pid:.*$/m, 'Pid:\tx'],
  ['PPid', /^PPid:.*$/m, 'PPid:\t1 2'],
  ['Uid', /^Uid.*$/m, 'Uid:\t107\t107\t107'],
  ['Gid', /^Gid.*$/m, 'Gid:\t1\t1\t1\t1\t1'],
  ['Groups', /^Groups.*$/m, 'Groups:\t-1'],
  ['Threads', /^Threads.*$/m, 'Threads:\t'],
  ['CapEff', /^CapEff.*$/m, 'CapEff:\t0'],
  ['CapAmb', /^CapAmb.*\n/m, ''],
  ['SigIgn', /^SigIgn.*$/m, 'SigIgn:\tzzzzzzzzzzzzzzzz'],
  ['NoNewPrivs', /^NoNewPrivs.*$/m, 'NoNewPrivs:\t2'],
  ['Seccomp', /^Seccomp:.*$/m, 'Seccomp:\tyes'],
];

for (const [line, from, to] of faults) {
  test(`a faulty line ${line} is named`, () => {
    assert.throws(() => parseProcStatus(text.replace(from, to)), {
      code: 'VP_INTERNAL',
      message: `the line ${line} of /proc/PID/status is missing or malformed`,
    });
  });
}
