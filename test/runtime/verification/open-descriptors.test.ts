import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import type { KeptDescriptor } from '../../../src/runtime/launch-plan.ts';
import {
  findLeftDescriptors,
  readDescriptors,
} from '../../../src/runtime/verification/open-descriptors.ts';
import { native } from '../../support/native.ts';
import { planOf, resource } from '../../support/plan.ts';

const launcher = new Map([
  [0, '/dev/pts/1'],
  [1, 'pipe:[1]'],
  [2, '/dev/pts/1'],
  [3, 'anon_inode:[eventpoll]'],
  [4, 'pipe:[4]'],
  [7, 'socket:[7]'],
  [8, '/etc/shadow'],
  [9, '/dev/null'],
]);

const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['what QEMU opens by itself', ['pipe:[99]', 'anon_inode:[eventpoll]', '/vm/disk'], []],
  ['the standard descriptors, also copies of them', ['/dev/pts/1', 'pipe:[1]', '/dev/null'], []],
  ['what the plan keeps', ['socket:[7]'], []],
  [
    'a pipe of the launcher',
    ['/dev/null', 'pipe:[4]'],
    ['descriptor 1 is pipe:[4], planned closed'],
  ],
  ['a file of the caller', ['/etc/shadow'], ['descriptor 0 is /etc/shadow, planned closed']],
  [
    'the plan itself',
    ['/memfd:launch-plan (deleted)'],
    ['descriptor 0 is /memfd:launch-plan (deleted), planned closed'],
  ],
];

const kept: KeptDescriptor = { number: 7, source: 'caller', from: [] };

for (const [what, names, expected] of cases) {
  test(`descriptors of QEMU: ${what}`, () => {
    const qemu = new Map(names.entries());
    assert.deepEqual(
      findLeftDescriptors(qemu, launcher, { ...planOf([], []), descriptors: [kept] }),
      expected,
    );
  });
}

test('a file that the plan knows may be open in both', () => {
  const plan = planOf([resource('/etc/shadow')], []);
  assert.deepEqual(findLeftDescriptors(new Map([[5, '/etc/shadow']]), launcher, plan), []);
});

test('a descriptor that a real process has from this one is found', async (context) => {
  const [readEnd] = native.pipe();
  const child = spawn('/bin/sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', readEnd] });
  context.after(() => child.kill());
  await once(child, 'spawn');
  const left = findLeftDescriptors(
    readDescriptors(child.pid ?? 0),
    readDescriptors('self'),
    planOf([], []),
  );
  // Whoever started this test may have left it more.
  const found = left.filter((text) => /^descriptor 3 is pipe:\[\d+\], planned closed$/.test(text));
  assert.equal(found.length, 1, left.join('\n'));
});

test('a process that is gone has no descriptor', () => {
  assert.equal(readDescriptors(4_194_304).size, 0);
});
