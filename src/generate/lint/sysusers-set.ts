import type { Finding } from '../../errors.ts';
import { type SysusersLine, splitUserId } from '../../formats/sysusers.ts';
import { findingsOf, type LintFile } from './lint-file.ts';

/** A line and the file in which it stands. */
export interface PlacedLine {
  readonly file: LintFile;
  readonly line: SysusersLine;
}

/**
 * Definitions that contradict one of a file that sorts before: the first one counts, and
 * systemd-sysusers exits 0. `placed` are the lines of all files in the order of their base names.
 */
export function lintConflicts(placed: readonly PlacedLine[]): readonly Finding[] {
  const definitions = placed.filter(({ line }) => line.type === 'u' || line.type === 'g');
  return definitions.flatMap((later, index) => {
    const before = definitions.slice(0, index);
    const same = before.find((earlier) => isSameAccount(earlier.line, later.line));
    if (same !== undefined)
      return isSameText(same.line, later.line) ? [] : [conflictFinding(same, later)];
    const holder = before.find((earlier) => isSameId(earlier.line, later.line));
    return holder === undefined ? [] : [takenFinding(holder, later)];
  });
}

/** The groups that the lines make; a user brings one of its own name. */
export function definedGroups(placed: readonly PlacedLine[]): ReadonlySet<string> {
  return new Set(placed.flatMap(({ line }) => groupsOf(line)));
}

function groupsOf({ type, name, id }: SysusersLine): readonly string[] {
  if (type === 'm') return id === null ? [] : [id];
  if (type === 'g') return [name];
  return type === 'u' && splitUserId(id).group === null ? [name] : [];
}

function isSameAccount(left: SysusersLine, right: SysusersLine): boolean {
  return left.type === right.type && left.name === right.name;
}

function isSameText(left: SysusersLine, right: SysusersLine): boolean {
  const fields = ['modifier', 'id', 'comment', 'home', 'shell'] as const;
  return fields.every((field) => left[field] === right[field]);
}

function isSameId(left: SysusersLine, right: SysusersLine): boolean {
  const [ours, theirs] = [left, right].map((line) => splitUserId(line.id).uid);
  return left.type === right.type && ours !== null && ours === theirs && /^\d+$/.test(ours ?? '');
}

function conflictFinding(earlier: PlacedLine, later: PlacedLine): Finding {
  const { type, name } = later.line;
  const isId = earlier.line.id !== later.line.id;
  const message = `${kindOf(type)} ${name} is defined otherwise in ${placeOf(earlier)}, which counts: this line is ignored with exit status 0`;
  const hint = `there it is: ${earlier.line.text}`;
  return makeFinding(later, isId ? 'error' : 'warning', message, hint);
}

function takenFinding(earlier: PlacedLine, later: PlacedLine): Finding {
  const { type, name, id } = later.line;
  const message = `${splitUserId(id).uid} for ${kindOf(type)} ${name} is ${earlier.line.name}'s in ${placeOf(earlier)}: it gets another id with exit status 0`;
  return makeFinding(later, 'error', message, 'choose another id');
}

function kindOf(type: SysusersLine['type']): string {
  return type === 'g' ? 'group' : 'user';
}

function placeOf({ file, line }: PlacedLine): string {
  return `${file.path}:${line.line}`;
}

function makeFinding(
  { file, line }: PlacedLine,
  severity: Finding['severity'],
  message: string,
  hint: string,
): Finding {
  return findingsOf(file)(line.line)(severity, 'VP_LINT_CONFLICT', message, hint);
}
