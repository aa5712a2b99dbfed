import type { Target } from '../targets/target.ts';
import { conditionOf } from './conditions.ts';

/** What one target would have as a whole text of its own. */
export interface Rung {
  readonly target: Target;
  readonly text: string;
}

/** Lines that stay together, and whose they are. */
interface Unit {
  readonly text: string;
  readonly targets: readonly Target[];
}

/**
 * One spec text for several targets: what they share stands once, what they do not stands between
 * %if and %endif. Read on one of the targets it is, line by line, that target's own text.
 */
export function renderLadder(rungs: readonly Rung[]): string {
  const all = rungs.map(({ target }) => target);
  const units = rungs.reduce<readonly Unit[]>(merge, []);
  return groupNeighbours(units)
    .map(({ text, targets }) => {
      const condition = conditionOf(targets, all);
      return condition === null ? text : `%if ${condition}\n${text}%endif\n`;
    })
    .join('');
}

// A longest common subsequence keeps each target's order of lines.
function merge(units: readonly Unit[], { target, text }: Rung): readonly Unit[] {
  const own = splitUnits(text);
  const lengths = commonLengths(units, own);
  const merged: Unit[] = [];
  let [i, j] = [0, 0];
  while (i < units.length || j < own.length) {
    const [unit, line] = [units[i], own[j]];
    if (unit !== undefined && unit.text === line) {
      merged.push({ text: line, targets: [...unit.targets, target] });
      [i, j] = [i + 1, j + 1];
    } else if (unit !== undefined && (line === undefined || isLeftBetter(lengths, i, j))) {
      merged.push(unit);
      i += 1;
    } else {
      merged.push({ text: line ?? '', targets: [target] });
      j += 1;
    }
  }
  return merged;
}

// A condition of the text's own is one unit: its lines must not be mixed with another's.
function splitUnits(text: string): readonly string[] {
  const units: string[] = [];
  let depth = 0;
  for (const line of text.match(/[^\n]*\n/g) ?? []) {
    if (depth > 0) units[units.length - 1] += line;
    else units.push(line);
    if (/^%if/.test(line)) depth += 1;
    if (/^%endif/.test(line)) depth -= 1;
  }
  return units;
}

function isLeftBetter(lengths: readonly (readonly number[])[], i: number, j: number): boolean {
  return (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0);
}

/** `[i][j]`: how many lines units[i…] and own[j…] have in common. */
function commonLengths(
  units: readonly Unit[],
  own: readonly string[],
): readonly (readonly number[])[] {
  const rows: number[][] = Array.from({ length: units.length + 1 }, () =>
    new Array<number>(own.length + 1).fill(0),
  );
  for (let i = units.length - 1; i >= 0; i -= 1) {
    for (let j = own.length - 1; j >= 0; j -= 1) fill(rows, i, j, units[i]?.text === own[j]);
  }
  return rows;
}

function fill(rows: number[][], i: number, j: number, isSame: boolean): void {
  const [row, below] = [rows[i] ?? [], rows[i + 1] ?? []];
  row[j] = isSame ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
}

function groupNeighbours(units: readonly Unit[]): readonly Unit[] {
  const groups: Unit[] = [];
  for (const unit of units) {
    const last = groups.at(-1);
    if (last === undefined || !hasSameTargets(last, unit)) groups.push(unit);
    else groups[groups.length - 1] = { ...last, text: last.text + unit.text };
  }
  return groups;
}

function hasSameTargets(a: Unit, b: Unit): boolean {
  return a.targets.length === b.targets.length && a.targets.every((one) => b.targets.includes(one));
}
