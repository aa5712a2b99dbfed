import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conditionOf } from '../../src/generate/conditions.ts';
import { renderLadder } from '../../src/generate/ladder.ts';
import type { Target } from '../../src/targets/target.ts';
import { targets } from '../support/provision.ts';
import { rounds } from '../support/scratch.ts';

const releases = targets.filter(({ id, rpmMacro }) => rpmMacro !== null && !/^centos/.test(id));

/** What rpm makes of an expression where `macro` is defined so: only the operators that are used. */
function evaluate(condition: string, macro: string, value: number): boolean {
  const text = condition.replaceAll(/0%\{\?(\w+)\}/g, (_, name) =>
    name === macro ? `${value}` : '0',
  );
  assert.match(text, /^[\d\s()&|<>=!]*$/);
  return Boolean(new Function(`return ${text}`)());
}

function holds(condition: string | null, { rpmMacro, rpmMacroValue }: Target): boolean {
  return condition === null || evaluate(condition, rpmMacro ?? '', rpmMacroValue ?? 0);
}

test('a condition holds on just the chosen targets', () => {
  const chosen = fc.subarray(releases, { minLength: 1 });
  const check = (some: readonly Target[]) => {
    const condition = conditionOf(some, releases);
    assert.deepEqual(
      releases.filter((target) => holds(condition, target)),
      some,
    );
  };
  fc.assert(fc.property(chosen, check), { numRuns: rounds(200, 5000) });
});

/** Macro, value, and the target that it must be taken for. */
const others: readonly (readonly [string, number, string])[] = [
  ['fedora', 11, 'fedora-12'],
  ['fedora', 60, 'rawhide'],
  ['rhel', 6, 'rhel-7'],
  ['rhel', 11, 'rhel-10'],
  ['suse_version', 1315, 'opensuse-leap-15'],
  ['suse_version', 1550, 'opensuse-leap-15'],
  ['mageia', 9, 'rawhide'],
];

for (const [macro, value, like] of others) {
  test(`%${macro} ${value} counts as ${like}`, () => {
    for (const target of releases) {
      const condition = conditionOf([target], releases) ?? '';
      assert.equal(evaluate(condition, macro, value), target.id === like, target.id);
    }
  });
}

/** The ladder read where `target` is: the lines of the conditions that hold. */
function project(text: string, target: Target): string {
  const stack: boolean[] = [];
  const lines = text.match(/[^\n]*\n/g) ?? [];
  return lines
    .filter((line) => {
      if (line.startsWith('%if ')) stack.push(holds(line.slice(4), target));
      else if (!line.startsWith('%endif')) return stack.every(Boolean);
      else stack.pop();
      return false;
    })
    .join('');
}

test('read on one of its targets, a ladder is that target’s own text', () => {
  const text = fc
    .array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'fi\n'), { maxLength: 12 })
    .map((lines) => lines.join(''));
  const rungs = fc
    .subarray(releases, { minLength: 1 })
    .chain((some) =>
      fc.tuple(...some.map((target) => fc.record({ target: fc.constant(target), text }))),
    );
  const check = (list: readonly { readonly target: Target; readonly text: string }[]) => {
    const ladder = renderLadder(list);
    for (const { target, text: own } of list) assert.equal(project(ladder, target), own);
  };
  fc.assert(fc.property(rungs, check), { numRuns: rounds(200, 5000) });
});

test('what all share bears no condition, and a condition of the text’s own is kept whole', () => {
  const [first, second] = [releases[0], releases[1]];
  if (first === undefined || second === undefined) throw new Error('no targets');
  const guarded = (guard: string) => `same\n%if ${guard}\ninside\n%endif\nend\n`;
  const ladder = renderLadder([
    { target: first, text: guarded('1') },
    { target: second, text: guarded('2') },
  ]);
  const [one, two] = [
    conditionOf([first], [first, second]),
    conditionOf([second], [first, second]),
  ];
  const block = (guard: string) => `%if ${guard}\ninside\n%endif\n`;
  const inside = `%if ${one}\n${block('1')}%endif\n%if ${two}\n${block('2')}%endif\n`;
  assert.equal(ladder, `same\n${inside}end\n`);
});
