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
