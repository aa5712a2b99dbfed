import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTmpfiles } from '../../src/formats/tmpfiles.ts';

test('reads each field, and a dash or nothing as null', () => {
  const text =
    '# nodes\nz /dev/kvm 0666 - kvm -\n\nc! /dev/kvm 0600 - - - 10:232\nf /x ~:0644 root 0 1d a "b" c\nd /y\n';
  assert.deepEqual(parseTmpfiles(text), {
    lines: [
      line(2, 'z', '', '/dev/kvm', '0666', null, 'kvm', null, null),
      line(4, 'c', '!', '/dev/kvm', '0600', null, null, null, '10:232'),
      line(5, 'f', '', '/x', '~:0644', 'root', '0', '1d', 'a "b" c'),
      line(6, 'd', '', '/y', null, null, null, null, null),
    ],
    faults: [],
  });
});

function line(
  number: number,
  type: string,
  modifiers: string,
  path: string,
  ...rest: (string | null)[]
) {
  const [mode, user, group, age, argument] = rest;
  return { line: number, type, modifiers, path, mode, user, group, age, argument };
}

const faulty: readonly (readonly [string, string])[] = [
  ['z', 'there is no path'],
  ['z dev/kvm 0666', 'the path dev/kvm is not absolute'],
  ['1 /dev/kvm', "unknown type '1'"],
  ['z "/dev/kvm', 'a quotation mark is never closed'],
];

for (const [text, message] of faulty) {
  test(`refuses: ${text}`, () => {
    assert.deepEqual(parseTmpfiles(`${text}\nd /x\n`).faults, [{ line: 1, message }]);
  });
}

test('a specifier may be the start of a path', () => {
  assert.equal(parseTmpfiles('d %t/x').lines[0]?.path, '%t/x');
});
