import { withoutControls } from '../errors.ts';

/** Rows of cells as aligned lines; the last cell of a row is not padded. */
export function printTable(given: readonly (readonly string[])[]): string {
  // A file name may hold escape sequences, which a terminal must not obey.
  const rows = given.map((row) => row.map(withoutControls));
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => {
    return Math.max(...rows.map((row) => (row[column] ?? '').length));
  });
  return rows.map((row) => `${printRow(row, widths)}\n`).join('');
}

function printRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
    .join('  ');
}
