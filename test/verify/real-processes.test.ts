import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import {
  awaitValue,
  factsOfPid,
  startEmulator,
  startProgram,
  surveyMachine,
} from '../support/emulators.ts';
import { judge, lineOf } from '../support/judged-process.ts';
import { emulator, makeDisk, makeSite, paused, start } from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

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
