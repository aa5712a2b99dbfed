import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseListening } from '../../src/formats/unix-sockets.ts';

const text = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 27311 /run/vm/screen
ffff8881024e1540: 00000002 00000000 00010000 0001 01 123 /a place/with 7 /words
0000000000000000: 00000002 00000000 00010000 0001 01     7 relative
0000000000000000: 00000003 00000000 00000000 0001 03 27312 /run/vm/screen
0000000000000000: 00000002 00000000 00000000 0002 01 27313 /run/log
0000000000000000: 00000002 00000000 00010000 0001 01 27314 @abstract
0000000000000000: 00000002 00000000 00010000 0005 01 27315
no line at all
`;
// Of a socket whose name holds a line feed and a whole line.
const forged = `0000000000000000: 00000002 00000000 00010000 0001 01 8 /a
0: 0 0 10000 1 1 27311 /forged
`;

test('who listens at a path is told from who is connected, and from names that are no files', () => {
  assert.deepEqual(
    [...parseListening(text)],
    [
      ['27311', '/run/vm/screen'],
      ['123', '/a place/with 7 /words'],
      ['7', 'relative'],
    ],
  );
  assert.deepEqual([...parseListening('')], []);
});

test('a line that somebody forges takes no name from anybody', () => {
  const ofOne = parseListening(text + forged).filter(([inode]) => inode === '27311');
  assert.deepEqual(ofOne, [
    ['27311', '/run/vm/screen'],
    ['27311', '/forged'],
  ]);
});
