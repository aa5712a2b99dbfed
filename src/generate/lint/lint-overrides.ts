import type { Finding } from '../../errors.ts';
import { findKvmAssignments, findWinner, properties } from './kvm-rules.ts';
import { findKvmLines } from './kvm-tmpfiles.ts';
import { findingsOf, type LintFile } from './lint-file.ts';
import { placeOf, printAssignment } from './lint-kvm.ts';

/** Rules and tmpfiles lines of other files that win over what `own` say of /dev/kvm. */
export function lintOverrides(
  own: readonly LintFile[],
  others: readonly LintFile[],
): readonly Finding[] {
  // A file takes the place of another one of its name.
  const kept = others.filter((other) => !own.some((file) => isSameName(file, other)));
  const files = [...own, ...kept];
  return [...overriddenRules(files, own), ...overriddenLines(files, own)];
}

function isSameName(left: LintFile, right: LintFile): boolean {
  return left.kind === right.kind && left.name === right.name;
}

const hint = 'remove that one, or use a file name that sorts behind it';

function overriddenRules(files: readonly LintFile[], own: readonly LintFile[]): readonly Finding[] {
  const assignments = findKvmAssignments(files.filter(({ kind }) => kind === 'udev-rules'));
  const ours = assignments.filter(({ file }) => own.includes(file));
  return properties.flatMap((property) => {
    const mine = findWinner(ours, property);
    const winner = findWinner(assignments, property);
    if (mine === undefined || winner === undefined || winner.value === mine.value) return [];
    const message = `${printAssignment(mine)} for /dev/kvm is overridden by ${printAssignment(winner)} in ${placeOf(winner)}`;
    return [findingsOf(mine.file)(mine.line)('warning', 'VP_LINT_ORDER', message, hint)];
  });
}

function overriddenLines(files: readonly LintFile[], own: readonly LintFile[]): readonly Finding[] {
  const lines = findKvmLines(files.filter(({ kind }) => kind === 'tmpfiles'));
  const mine = lines.findLast(({ file }) => own.includes(file));
  const winner = lines.at(-1);
  if (mine === undefined || winner === undefined) return [];
  const { mode, group } = winner.line;
  if (mine.line.mode === mode && mine.line.group === group) return [];
  const message = `this line for /dev/kvm is overridden by ${winner.file.path}:${winner.line.line}: mode ${mode ?? '-'}, group ${group ?? '-'}`;
  return [findingsOf(mine.file)(mine.line.line)('warning', 'VP_LINT_ORDER', message, hint)];
}
