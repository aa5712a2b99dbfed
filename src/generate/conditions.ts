import type { Target } from '../targets/target.ts';

/**
 * The expression of an `%if` that holds on just the `chosen` ones of these targets, in syntax that rpm
 * 4.11 reads; null when it would hold on all. Releases older or newer than the table count as its
 * oldest and newest, and a builder that none of the macros tells counts as the newest Fedora.
 */
export function conditionOf(chosen: readonly Target[], all: readonly Target[]): string | null {
  if (chosen.length === all.length) return null;
  const terms = rpmMacros.flatMap((macro) => termsOf(macro, chosen, all));
  const fallback = newestOf('fedora', all);
  return [...terms, ...(fallback !== undefined && chosen.includes(fallback) ? [unknown] : [])].join(
    ' || ',
  );
}

const rpmMacros = ['fedora', 'rhel', 'suse_version'] as const;
type RpmMacro = (typeof rpmMacros)[number];

const unknown = `(${rpmMacros.map((macro) => `!0%{?${macro}}`).join(' && ')})`;

/** Values from `from` on and below `below`; null is open. */
interface Span {
  readonly from: number | null;
  readonly below: number | null;
}

// Neighbours in the table make one span: a release between them belongs to the older one.
function spansOf(
  macro: RpmMacro,
  chosen: readonly Target[],
  all: readonly Target[],
): readonly Span[] {
  const wanted = new Set(valuesOf(macro, chosen));
  const values = valuesOf(macro, all);
  const starts = values.filter((value, index) => {
    return wanted.has(value) && !wanted.has(values[index - 1] ?? Number.NaN);
  });
  return starts.map((start) => ({
    from: start === values[0] ? null : start,
    below: values.find((value) => value > start && !wanted.has(value)) ?? null,
  }));
}

function valuesOf(macro: RpmMacro, targets: readonly Target[]): readonly number[] {
  const own = targets.filter((target) => target.rpmMacro === macro);
  return [...new Set(own.map(({ rpmMacroValue }) => rpmMacroValue ?? 0))].sort((a, b) => a - b);
}

function newestOf(macro: RpmMacro, all: readonly Target[]): Target | undefined {
  const value = valuesOf(macro, all).at(-1);
  return all.find((target) => target.rpmMacro === macro && target.rpmMacroValue === value);
}

function termsOf(
  macro: RpmMacro,
  chosen: readonly Target[],
  all: readonly Target[],
): readonly string[] {
  const word = `0%{?${macro}}`;
  return spansOf(macro, chosen, all).map(({ from, below }) => {
    const terms = [
      from === null ? word : `${word} >= ${from}`,
      ...(below === null ? [] : [`${word} < ${below}`]),
    ];
    return terms.length === 1 ? (terms[0] ?? word) : `(${terms.join(' && ')})`;
  });
}
