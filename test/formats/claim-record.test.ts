import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRecord, printRecord } from '../../src/formats/claim-record.ts';
import { makeClaim, makeRecord } from '../support/claim-record.ts';

const claim = makeClaim();
const record = makeRecord({ claims: [claim] });

test('what is printed is read back', () => {
  assert.deepEqual(parseRecord(printRecord(record), '/x'), record);
  const waiting = { ...record, pid: null, startTime: null, claims: [], status: null };
  assert.deepEqual(parseRecord(printRecord(waiting), '/x'), waiting);
  const confined = { ...record, landlock: { level: 'full', abi: 7 } };
  assert.deepEqual(parseRecord(printRecord(confined), '/x'), confined);
  const socket = { kind: 'socket', path: '/s', device: '1', inode: '2' } as const;
  const made = {
    ...record,
    made: [socket, { kind: 'interface', name: 'tap0', index: 7 } as const],
  };
  assert.deepEqual(parseRecord(printRecord(made), '/x'), made);
});

const damages: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /it is no JSON/],
  ['half a record', printRecord(record).slice(0, 80), /it is no JSON/],
  ['a list', '[]', /it is no object/],
  ['a later version', JSON.stringify({ ...record, version: 2 }), /its version is 2, known is 1/],
  ['no version', JSON.stringify({ name: 'web' }), /its version is undefined/],
  [
    'a pid without start time',
    printRecord({ ...record, startTime: null }),
    /only one of its fields/,
  ],
  ['a pid in words', JSON.stringify({ ...record, pid: '42' }), /its field pid /],
  [
    'a uid of -1',
    JSON.stringify({ ...record, claims: [{ ...claim, from: { uid: -1, gid: 0 } }] }),
    /its field claims /,
  ],
  [
    'a uid of 2^32-1',
    JSON.stringify({ ...record, claims: [{ ...claim, to: { uid: 4294967295, gid: 0 } }] }),
    /its field claims /,
  ],
  [
    'a relative path',
    JSON.stringify({ ...record, claims: [{ ...claim, path: 'disk' }] }),
    /its field claims /,
  ],
  [
    'a Landlock level in numbers',
    JSON.stringify({ ...record, landlock: { level: 1, abi: 7 } }),
    /its field landlock /,
  ],
  [
    'a thing of unknown kind',
    JSON.stringify({ ...record, made: [{ kind: 'pipe', path: '/p' }] }),
    /its field made /,
  ],
  [
    'a socket at a relative path',
    JSON.stringify({ ...record, made: [{ kind: 'socket', path: 's', device: '1', inode: '2' }] }),
    /its field made /,
  ],
  ['no claims', JSON.stringify({ ...record, claims: undefined }), /its field claims /],
];

for (const [what, text, message] of damages) {
  test(`a record with ${what} is refused by name, with what to do`, () => {
    assert.throws(
      () => parseRecord(text, '/state/web.json'),
      (error: Error & { code: string; hint: string; path: string }) => {
        assert.equal(error.code, 'VP_LEDGER_DAMAGED');
        assert.equal(error.path, '/state/web.json');
        assert.match(error.message, message);
        assert.match(error.hint, /left as it is/);
        return true;
      },
    );
  });
}
