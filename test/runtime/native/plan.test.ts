import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { executorPath, native } from '../../support/native.ts';
import { makeScratch, projectRoot, rootOnly, rounds } from '../../support/scratch.ts';
import { encode, inOrder, perform, planWords } from './executor.ts';

const argv = ['/bin/true'];
const good = planWords({ argv });

/** The good plan with one word replaced. */
function replaced(index: number, word: string): Uint8Array {
  return encode(good.with(index, word));
}

const malformed: readonly (readonly [string, Uint8Array])[] = [
  ['empty', new Uint8Array([0])],
  ['another magic', replaced(0, 'plan')],
  ['another version', replaced(1, '1')],
  ['another mode', replaced(3, 'root')],
  ['uid -1', replaced(4, '-1')],
  ['uid 4294967295', replaced(4, '4294967295')],
  ['uid with a blank', replaced(4, ' 0')],
  ['uid with a sign', replaced(4, '+0')],
  ['uid in hexadecimal', replaced(4, '0x0')],
  ['gid 4294967295', replaced(5, '4294967295')],
  ['more groups than words', replaced(6, '60000')],
  ['a group that is no number', replaced(7, 'kvm')],
  ['an umask in decimal', replaced(9, '9')],
  ['a relative file', encode(planWords({ argv, files: [{ path: 'disk' }] }))],
  ['a file without a number', encode(planWords({ argv, files: [{ path: '/disk', inode: '' }] }))],
  ['more files than words', replaced(21, '60')],
  ['a file had in no known way', encode(planWords({ argv, files: [{ how: 'x', path: '/' }] }))],
  [
    'a file on a standard descriptor',
    encode(planWords({ argv, files: [{ how: '2', path: '/' }] })),
  ],
  ['capabilities that are neither kept nor gone', replaced(13, 'some')],
  ['capabilities kept by somebody else than root', replaced(13, 'kept')],
  ['an OOM score out of range', replaced(14, '1001')],
  ['an OOM score that is no number', replaced(14, '--1')],
  ['a relative directory', replaced(15, 'tmp')],
  ['denials that are not known', replaced(16, '32')],
  ['Landlock in words', replaced(17, 'on')],
  ['a port out of range', encode(planWords({ argv, ports: [[1, 65536]] }))],
  ['a relative emulator', encode(planWords({ argv: ['true'] }))],
  ['a standard descriptor to keep', encode(planWords({ argv, kept: [2] }))],
  ['a descriptor to keep twice', encode(planWords({ argv, kept: [7, 7] }))],
  ['descriptors in no order', encode(planWords({ argv, kept: [8, 7] }))],
  ['a descriptor that is no number', encode(planWords({ argv, kept: ['seven'] }))],
  ['no argv', encode(good.slice(0, 24).concat('0', '0'))],
  ['words left over', encode([...good, 'more'])],
  ['a last word without end', encode(good).subarray(0, -1)],
  ['cut short', encode(good).subarray(0, 60)],
];

for (const [what, bytes] of malformed) {
  test(`a plan is refused: ${what}`, rootOnly, () => {
    const { step, exitStatus } = perform({ argv }, { bytes });
    assert.deepEqual([step, exitStatus], ['plan', 125]);
  });
}

test('the good plan runs, so the table above can tell', rootOnly, () => {
  assert.deepEqual(perform({ argv }), { step: null, errno: 0, exitStatus: 0, stdout: '' });
});

test('a plan that could still be changed is refused', rootOnly, (context) => {
  const path = `${makeScratch(context)}/plan`;
  writeFileSync(path, encode(good));
  const descriptor = openSync(path, 'r+');
  const child = native.spawn({
    path: executorPath,
    argv: ['qemu-exec', '--plan', '3'],
    env: [],
    descriptors: inOrder([0, 1, 1, descriptor]),
  });
  closeSync(descriptor);
  assert.equal(native.waitFor(child.pidfd, 10_000), 125);
});

let sanitized = '';

before(() => {
  const out = join(projectRoot, 'build/native-sanitized');
  execFileSync('make', [
    '-s',
    '-C',
    join(projectRoot, 'src/runtime/native'),
    'SANITIZE=1',
    `OUT=${out}`,
    `${out}/qemu-exec`,
  ]);
  sanitized = `${out}/qemu-exec`;
});

test('mutated plans never trip the address or undefined-behaviour sanitizer', rootOnly, () => {
  const bytes = Buffer.from(encode(good));
  for (let round = 0; round < rounds(60, 3000); round++) {
    const mutated = mutate(bytes, round);
    const { step, exitStatus } = perform({ argv }, { bytes: mutated, executor: sanitized });
    // 1 is what a sanitizer's report ends with: everything else is a judged plan.
    assert.notEqual(exitStatus, 1, `round ${round}: ${mutated.toString('latin1')}`);
    assert.ok(step === null || exitStatus >= 125, `round ${round}: step ${step}`);
  }
});

/** Deterministic damage: bytes changed, cut out or doubled, by a small generator seeded with the round. */
function mutate(bytes: Buffer, seed: number): Buffer {
  let state = seed * 2654435761 + 1;
  const next = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state % limit;
  };
  const copy = Buffer.from(bytes);
  for (let change = 0; change <= next(4); change++) copy[next(copy.length)] = next(256);
  const [from, to] = [next(copy.length), next(copy.length)];
  if (next(3) === 0) return Buffer.concat([copy.subarray(0, from), copy.subarray(to)]);
  return copy;
}
