import { withoutControls } from '../errors.ts';

/**
 * Rows of cells as aligned lines; the last cell of a row is not padded. A first cell that would make the table wider
 * than `width` has a line of its own, the rest of its row below it.
 */
export function printTable(
  given: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  // A file name may hold escape sequences, which a terminal must not obey.
  const rows = given.map((row) => row.map(withoutControls));
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => widest(rows, column));
  const others = widths.slice(1).reduce((sum, each) => sum + gap.length + each, 0);
  const room = Math.max(leastRoom, width - others);
  const first = widest(
    rows.filter(([cell = '']) => cell.length <= room),
    0,
  );
  return rows.map((row) => `${printRow(row, [first, ...widths.slice(1)])}\n`).join('');
}

const gap = '  ';
const leastRoom = 16;

function widest(rows: readonly (readonly string[])[], column: number): number {
  return Math.max(0, ...rows.map((row) => (row[column] ?? '').length));
}

function printRow([head = '', ...rest]: readonly string[], widths: readonly number[]): string {
  const [first = 0] = widths;
  if (head.length > first && rest.length > 0) return `${head}\n${printRow(['', ...rest], widths)}`;
  const cells = [head, ...rest];
  return cells
    .map((cell, column) => (column === rest.length ? cell : cell.padEnd(widths[column] ?? 0)))
    .join(gap);
}
