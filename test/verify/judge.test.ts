import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verdict } from '../../src/verify/judgement.ts';
import type { OpenFile } from '../../src/verify/process-facts.ts';
import { fullSet } from '../support/crafted-proc.ts';
import { type factsOf, judgementOf } from '../support/process-facts.ts';

const one = '0000000000000020';

interface Case {
  readonly name: string;
  readonly facts: Parameters<typeof factsOf>;
  readonly verdict: Verdict;
  readonly codes: readonly string[];
  readonly message?: string;
}

const disk: OpenFile = {
  descriptor: 9,
  path: '/disk',
  isWritable: true,
  size: 65536,
  uid: 107,
  gid: 107,
  mode: 0o644,
};
const kvm = { Groups: '36 107 ' };

const heldCases = ['CapEff', 'CapPrm', 'CapInh', 'CapAmb'].map(
  (line): Case => ({
    name: `one capability in ${line}`,
    facts: [{ [line]: one }],
    verdict: 'fail',
    codes: ['VP_AUDIT_CAPABILITY'],
  }),
);

const cases: readonly Case[] = [
  { name: 'no privilege at all', facts: [], verdict: 'pass', codes: [] },
  {
    name: 'root',
    facts: [{ Uid: '0\t0\t0\t0' }],
    verdict: 'fail',
    codes: ['VP_AUDIT_ROOT'],
    message: 'it runs as root: a guest that breaks out of QEMU owns the machine',
  },
  {
    name: 'root as the saved id, to which it can return',
    facts: [{ Uid: '107\t107\t0\t107' }],
    verdict: 'fail',
    codes: ['VP_AUDIT_ROOT'],
    message:
      'thread 7 has root as its saved user id: a guest that breaks out of QEMU owns the machine',
  },
  {
    name: 'a thread that is root',
    facts: [{}, {}, [{ Uid: '0\t0\t0\t0' }]],
    verdict: 'fail',
    codes: ['VP_AUDIT_ROOT', 'VP_AUDIT_THREADS'],
  },
  {
    name: 'group root',
    facts: [{ Gid: '0\t0\t0\t0' }],
    verdict: 'warn',
    codes: ['VP_AUDIT_GROUP'],
    message: 'it is in root (0): files and disks of the whole machine are open to this group',
  },
  {
    name: 'group disk',
    facts: [{ Groups: '6 107 ' }],
    verdict: 'warn',
    codes: ['VP_AUDIT_GROUP'],
  },
  ...heldCases,
  {
    name: 'a thread that kept its capabilities',
    facts: [{}, {}, [{}, { CapEff: fullSet, CapPrm: fullSet }]],
    verdict: 'fail',
    codes: ['VP_AUDIT_CAPABILITY', 'VP_AUDIT_CAPABILITY', 'VP_AUDIT_THREADS'],
    message:
      'thread 9 has all capabilities in its effective set: the kernel grants it what these allow, whatever its user may do',
  },
  {
    name: 'capabilities in a user namespace of its own',
    facts: [{ CapEff: one }, { isNamespaced: true }],
    verdict: 'fail',
    codes: ['VP_AUDIT_CAPABILITY'],
    message:
      'it has kill in its effective set, within a user namespace of its own: the kernel grants it what these allow, whatever its user may do',
  },
  {
    name: 'a full bounding set',
    facts: [{ CapBnd: fullSet }],
    verdict: 'warn',
    codes: ['VP_AUDIT_BOUNDING'],
    message:
      'its bounding set has all capabilities: only no_new_privs keeps program files from giving them to it',
  },
  {
    name: 'a bounding set with a gap',
    facts: [{ CapBnd: '000001fffeffffff', NoNewPrivs: '0' }],
    verdict: 'warn',
    codes: ['VP_AUDIT_BOUNDING', 'VP_AUDIT_NO_NEW_PRIVS'],
    message:
      'its bounding set has 40 capabilities (chown, dac_override, dac_read_search, fowner, fsetid …): a program file with set-id or capabilities can give them to it',
  },
  {
    name: 'without no_new_privs',
    facts: [{ NoNewPrivs: '0' }],
    verdict: 'warn',
    codes: ['VP_AUDIT_NO_NEW_PRIVS'],
  },
  {
    name: 'without seccomp',
    facts: [{ Seccomp: '0', Seccomp_filters: '0' }],
    verdict: 'warn',
    codes: ['VP_AUDIT_SECCOMP'],
  },
  {
    name: 'a thread without seccomp',
    facts: [{}, {}, [{ Seccomp: '0', Seccomp_filters: '0' }]],
    verdict: 'warn',
    codes: ['VP_AUDIT_SECCOMP', 'VP_AUDIT_THREADS'],
  },
  {
    name: 'a thread with a filter more',
    facts: [{}, {}, [{}, { Seccomp_filters: '2' }]],
    verdict: 'warn',
    codes: ['VP_AUDIT_THREADS'],
    message: '1 of its 3 threads have other rights than the first: thread 9 in Seccomp_filters',
  },
  {
    name: 'a thread whose groups only stand in another order',
    facts: [{ Groups: '36 107 ' }, {}, [{ Groups: '107 36 ' }]],
    verdict: 'pass',
    codes: [],
  },
  {
    name: 'a disk that everybody may read, of a member of kvm',
    facts: [kvm, { files: [disk] }],
    verdict: 'warn',
    codes: ['VP_AUDIT_WORLD_READABLE'],
    message: 'everybody on the machine may read its disk /disk',
  },
  {
    name: 'such a disk of somebody who is not in kvm',
    facts: [{}, { files: [disk] }],
    verdict: 'pass',
    codes: [],
  },
  {
    name: 'firmware, which everybody may read',
    facts: [kvm, { files: [{ ...disk, isWritable: false, uid: 0 }] }],
    verdict: 'pass',
    codes: [],
  },
  {
    name: 'a block device that everybody may read',
    facts: [kvm, { files: [{ ...disk, path: '/dev/sdb', size: null }] }],
    verdict: 'warn',
    codes: ['VP_AUDIT_WORLD_READABLE'],
  },
  {
    name: 'a pid file, smaller than any disk',
    facts: [kvm, { files: [{ ...disk, size: 5 }] }],
    verdict: 'pass',
    codes: [],
  },
  {
    name: 'a log on its standard error',
    facts: [kvm, { files: [{ ...disk, descriptor: 2 }] }],
    verdict: 'pass',
    codes: [],
  },
  {
    name: 'open files that could not be seen',
    facts: [{}, { files: null, unread: [{ what: 'files', why: 'permission denied' }] }],
    verdict: 'warn',
    codes: ['VP_AUDIT_UNREAD'],
    message: 'its open files could not be seen: permission denied',
  },
  {
    name: 'a program that could not be seen',
    facts: [{}, { program: null, unread: [{ what: 'program', why: 'permission denied' }] }],
    verdict: 'warn',
    codes: ['VP_AUDIT_UNREAD'],
    message: 'program: could not be read (permission denied)',
  },
  {
    name: 'a namespace that could not be seen',
    facts: [{}, { isNamespaced: null }],
    verdict: 'warn',
    codes: ['VP_AUDIT_UNREAD'],
  },
  {
    name: 'limits that could not be seen',
    facts: [{}, { limits: null }],
    verdict: 'warn',
    codes: ['VP_AUDIT_UNREAD'],
  },
];

for (const { name, facts, verdict, codes, message } of cases) {
  test(`${verdict}: ${name}`, () => {
    const judgement = judgementOf(...facts);
    assert.equal(judgement.verdict, verdict);
    assert.deepEqual(
      judgement.findings.map(({ code }) => code),
      codes,
    );
    if (message !== undefined) {
      const messages = judgement.findings.map((finding) => finding.message);
      assert.ok(messages.includes(message), messages.join('\n'));
    }
  });
}

test('every finding is a message with a hint', () => {
  for (const { facts } of cases) {
    for (const { message, hint } of judgementOf(...facts).findings) {
      assert.match(message, /^[a-z0-9].*[^.]$/);
      assert.match(hint, /^[a-z].*[^.]$/);
    }
  }
});
