import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSysusers, splitUserId } from '../../src/formats/sysusers.ts';
import { rounds } from '../support/scratch.ts';

test('reads each field, and a dash or nothing as null', () => {
  const text =
    '# who\n\nu! qemu 107:qemu "qemu user" / /bin/sh\n g kvm -\nm qemu kvm\nr - 500-900\n';
  const { lines, comments, faults } = parseSysusers(text);
  const none = { comment: null, home: null, shell: null };
  assert.deepEqual(
    lines.map(({ text: _, ...line }) => line),
    [
      {
        line: 3,
        type: 'u',
        modifier: '!',
        name: 'qemu',
        id: '107:qemu',
        comment: 'qemu user',
        home: '/',
        shell: '/bin/sh',
      },
      { line: 4, type: 'g', modifier: '', name: 'kvm', id: null, ...none },
      { line: 5, type: 'm', modifier: '', name: 'qemu', id: 'kvm', ...none },
      { line: 6, type: 'r', modifier: '', name: '-', id: '500-900', ...none },
    ],
  );
  assert.deepEqual(comments, [{ line: 1, text: '# who' }]);
  assert.deepEqual(faults, []);
});

const faulty: readonly (readonly [string, string])[] = [
  ['x qemu', "unknown type 'x'"],
  ['u? qemu', "unknown modifier 'u?'"],
  ['g! kvm', "unknown modifier 'g!'"],
  ['u', 'there is no name'],
  ['u a 1 "c" / /bin/sh more', 'too many fields: more'],
  ['m qemu', 'a membership needs a group'],
  ['r - -', 'a range is r - FROM-TO'],
  ['r x 1-2', 'a range is r - FROM-TO'],
  ['g kvm 36 "comment"', 'a line of type g has only a name and one more field'],
  ['u qemu - "open', 'a quotation mark is never closed'],
];

for (const [text, message] of faulty) {
  test(`refuses: ${text}`, () => {
    const { lines, faults } = parseSysusers(`g a -\n${text}\n`);
    assert.deepEqual(faults, [{ line: 2, message }]);
    assert.equal(lines.length, 1);
  });
}

test('the id of a user has two parts', () => {
  assert.deepEqual(splitUserId('107:qemu'), { uid: '107', group: 'qemu' });
  assert.deepEqual(splitUserId('-:qemu'), { uid: null, group: 'qemu' });
  assert.deepEqual(splitUserId('107'), { uid: '107', group: null });
  assert.deepEqual(splitUserId(null), { uid: null, group: null });
});

test('a comment of any characters comes back from its quotation', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (comment) => {
      fc.pre(!comment.includes('\n') && comment !== '-');
      const [line] = parseSysusers(`u a - "${comment.replace(/[\\"]/g, '\\$&')}" / -`).lines;
      assert.equal(line?.comment, comment);
    }),
    { numRuns: rounds(300, 20_000) },
  );
});
