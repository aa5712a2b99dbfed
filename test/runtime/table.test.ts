import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printTable } from '../../src/runtime/table.ts';

test('columns are aligned, the last cell of a row is not padded', () => {
  assert.equal(
    printTable([
      ['a', 'bcd', 'e'],
      ['fgh', 'i'],
    ]),
    'a    bcd  e\nfgh  i\n',
  );
});

test('what a file name holds never reaches the terminal as a command', () => {
  assert.equal(printTable([['/x\u001b[31m\n', 'y']]), '/x\\x1b[31m\\x0a  y\n');
});
