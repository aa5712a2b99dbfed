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

test('a first cell that makes the table too wide has a line of its own', () => {
  const rows = [
    ['path', 'kind', 'why'],
    ['/short', 'disk', 'writable'],
    ['/a/path/that/is/much/longer', 'disk', 'shared'],
  ];
  const wide = `path    kind  why
/short  disk  writable
/a/path/that/is/much/longer
        disk  shared
`;
  assert.equal(printTable(rows, 40), wide);
  assert.equal(printTable(rows, 43).split('\n').length, 4, 'it fits exactly');
  assert.equal(printTable(rows, 42).split('\n').length, 5);
});

test('a row of one cell, and a row of nothing', () => {
  assert.equal(printTable([['x'.repeat(50)], []], 20), `${'x'.repeat(50)}\n\n`);
});
