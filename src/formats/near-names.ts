const longestName = 64;

/** The known names that a misspelt one may stand for, nearest first, at most three. */
export function nearNames(name: string, known: readonly string[]): readonly string[] {
  const wanted = name.slice(0, longestName).toLowerCase();
  return known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.ceil(candidate.length / 3))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

// Levenshtein, one row at a time.
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, char] of [...from].entries()) row = nextRow(row, index, char, to);
  return row.at(-1) ?? 0;
}

function nextRow(above: readonly number[], index: number, char: string, to: string): number[] {
  const row = [index + 1];
  for (let column = 1; column <= to.length; column += 1) {
    const change = (above[column - 1] ?? 0) + (char === to.charAt(column - 1) ? 0 : 1);
    row.push(Math.min((above[column] ?? 0) + 1, (row[column - 1] ?? 0) + 1, change));
  }
  return row;
}
