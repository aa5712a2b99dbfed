import assert from 'node:assert/strict';
import { chmodSync, chownSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { judgeProcess } from '../../src/verify/judge.ts';
import {
  awaitValue,
  factsOfPid,
  startEmulator,
  startProgram,
  surveyMachine,
} from '../support/emulators.ts';
import { assertAsRead, judge } from '../support/judged-process.ts';
import { emulator, makeDisk, makeSite, paused, start } from '../support/launcher.ts';
import { names } from '../support/process-facts.ts';
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
    const { facts } = found;
    assertAsRead(facts);
    assert.equal(facts.program, emulator);
    assert.equal(facts.startedBy, 'other');
  });
}

const device = ['-device', 'virtio-blk-pci,drive=d'];

for (const [name, groups, from, mode, expected] of [
  [
    'its own, of a member of kvm, everybody may read',
    '36',
    34567,
    0o644,
    ['VP_AUDIT_WORLD_READABLE'],
  ],
  ['its own, of no member of kvm, everybody may read', '45678', 34567, 0o644, []],
  ['its own, of a member of kvm, is nobody else’s', '36', 34567, 0o600, []],
  ["another user's", '36', 12345, 0o666, ['VP_AUDIT_WORLD_READABLE']],
] as const) {
  test(`a disk that is ${name}`, rootOnly, async (context) => {
    const disk = makeDisk(makeSite(context));
    chownSync(disk, from, 45678);
    chmodSync(disk, mode);
    const identity = ['--reuid', '34567', '--regid', '45678', '--groups', groups];
    const wrapper = ['setpriv', ...identity, '--bounding-set=-all'];
    const words = ['-sandbox', 'on', '-drive', `file=${disk},format=raw,if=none,id=d`, ...device];
    const pid = await startEmulator(context, wrapper, words);
    const { facts, codes } = judge(factsOfPid(pid));
    assert.deepEqual(codes, expected);
    assertAsRead(facts);
    const { properties } = judgeProcess(facts, names);
    const files = properties.find(({ id }) => id === 'files');
    const others = { 12345: '1 of others', 34567: 'own' }[from];
    assert.equal(files?.value, mode !== 0o600 && groups === '36' ? 'readable by all' : others);
    assert.equal(facts.files?.find(({ path }) => path === disk)?.uid, from);
  });
}

test('a QEMU of qemu-launch passes, under its own name', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const words = [...paused, '-drive', `file=${disk},format=raw,if=none,id=d`, ...device];
  const { pid } = await start(context, site, 'audited', words);
  const { facts, verdict, codes } = judge(factsOfPid(pid, site.state));
  assert.deepEqual([verdict, codes], ['pass', []]);
  assertAsRead(facts);
  const record = JSON.parse(readFileSync(`${site.state}/claims/audited.json`, 'utf8'));
  assert.equal(facts.landlock, record.landlock.level);
  const { startedBy, guest, evidence, securebits } = facts;
  assert.deepEqual(
    [startedBy, guest, evidence, securebits],
    ['qemu-launch', 'audited', "the launcher's record", 'locked'],
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
