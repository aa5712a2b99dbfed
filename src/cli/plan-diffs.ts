import { isUtf8 } from 'node:buffer';
import { withoutControls } from '../errors.ts';
import { planWrites } from '../host/journal/plan-writes.ts';
import type { HostPlan } from '../host/plan/change.ts';
import type { Conflict } from '../host/revert/plan-revert.ts';
import type { RevertPlan } from '../host/revert/prepare-revert.ts';
import type { Root } from '../host/root.ts';
import { printUnifiedDiff } from './unified-diff.ts';

/** What `--diff` shows of one file: the path as the host sees it. */
export interface FileDiff {
  readonly path: string;
  readonly diff: string;
}

/** A unified diff for each file whose content the plan changes. */
export function planDiffs(root: Root, plan: HostPlan): readonly FileDiff[] {
  return planWrites(root, plan).flatMap(({ path, before, after }) => {
    return diffContents(path, before?.content ?? null, after?.content ?? null);
  });
}

/** A unified diff for each file that a revert gives back or removes, from what it is to what it was. */
export function revertDiffs({ writes }: RevertPlan): readonly FileDiff[] {
  return writes.flatMap(({ path, from, to }) => {
    return diffContents(path, from?.content ?? null, to?.content ?? null);
  });
}

/** What somebody changed in files since apply left them. */
export function conflictDiffs(conflicts: readonly Conflict[]): readonly FileDiff[] {
  return conflicts.flatMap(({ path, left, found }) => {
    return diffContents(path, left?.content ?? null, found?.content ?? null);
  });
}

/** The difference between two contents of a file, null for no file; nothing when they are the same. */
function diffContents(
  path: string,
  before: Buffer | null,
  after: Buffer | null,
): readonly FileDiff[] {
  const [from, to] = [before, after].map((content) => content && textOf(content));
  // A file's path in a diff is relative.
  const diff = printUnifiedDiff({ name: path.slice(1), before: from ?? null, after: to ?? null });
  return diff === '' ? [] : [{ path, diff }];
}

/** Diffs for people; what a terminal would obey is written out. */
export function printDiffs(diffs: readonly FileDiff[]): string {
  const text = diffs.map(({ diff }) => diff).join('');
  return text
    .split(/([\n\t])/)
    .map(showPart)
    .join('');
}

function showPart(part: string): string {
  return part === '\n' || part === '\t' ? part : withoutControls(part);
}

function textOf(content: Buffer): string {
  return content.toString(isUtf8(content) ? 'utf8' : 'latin1');
}
