import type { Finding } from '../../errors.ts';
import { findGroup } from '../../formats/group.ts';
import { parseSysusers, type Sysusers, splitUserId } from '../../formats/sysusers.ts';
import type { Target } from '../../targets/target.ts';
import { isVersionWithin } from '../../targets/version.ts';
import { type FindingMaker, findingsOf, type LintContext, type LintFile } from './lint-file.ts';
import { lintEnd } from './lint-udev-rules.ts';
import { lintObedience } from './sysusers-accounts.ts';
import { lintSysusersLine } from './sysusers-lines.ts';
import { definedGroups, lintConflicts, type PlacedLine } from './sysusers-set.ts';

/** All sysusers.d files that go to one root, together: each line, and one line against another. */
export function lintSysusers(files: readonly LintFile[], context: LintContext): readonly Finding[] {
  const placed = placeLines(files);
  return [
    ...files.flatMap((file) => lintFile(file, context)),
    ...placed.flatMap((line) => lintPrimaryGroup(line, placed, context)),
    ...lintConflicts(placed),
  ];
}

/** The lines of files in the order in which systemd-sysusers reads them: by base name. */
export function placeLines(files: readonly LintFile[]): readonly PlacedLine[] {
  return files
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((file) => parseSysusers(file.text).lines.map((line) => ({ file, line })));
}

function lintFile(file: LintFile, context: LintContext): readonly Finding[] {
  const { target, accounts } = context;
  const parsed = parseSysusers(file.text);
  const at = findingsOf(file);
  return [
    ...parsed.faults.map(({ line, message }) =>
      at(line)('error', 'VP_LINT_SYNTAX', message, 'see sysusers.d(5)'),
    ),
    ...(target === null ? [] : lintForRpm(parsed, target, at)),
    ...parsed.lines.flatMap((line) => [
      ...lintSysusersLine(line, context, at(line.line)),
      ...(accounts === null ? [] : lintObedience(line, accounts, at(line.line))),
    ]),
    ...lintEnd(file),
  ];
}

type At = (line: number) => FindingMaker;

function lintForRpm(parsed: Sysusers, target: Target, at: At): readonly Finding[] {
  return [...lintComments(parsed, target, at), ...lintMembers(parsed, target, at)];
}

function lintComments({ comments }: Sysusers, target: Target, at: At): readonly Finding[] {
  if (target.commentsOk || target.rpmMacro === null) return [];
  const message = `a comment fails the build of a package with rpm 4.19.0, as ${target.id} had it`;
  return comments.map(({ line }) =>
    at(line)('error', 'VP_LINT_RPM', message, 'say it in the spec file'),
  );
}

// rpm sorts m before u, and its sysusers.sh then makes the user without its ids.
function lintMembers({ lines }: Sysusers, target: Target, at: At): readonly Finding[] {
  if (!isVersionWithin(target.rpm, '>=4.19.0')) return [];
  const users = new Set(lines.filter(({ type }) => type === 'u').map(({ name }) => name));
  return lines
    .filter(({ type, name }) => type === 'm' && users.has(name))
    .map(({ line, name }) => {
      const message = `u and m lines of ${name} in one file: rpm's own sysusers.sh takes m first and gives ${name} wrong ids`;
      return at(line)('warning', 'VP_LINT_RPM', message, 'put the m line into a file of its own');
    });
}

function lintPrimaryGroup(
  { file, line }: PlacedLine,
  placed: readonly PlacedLine[],
  { accounts }: LintContext,
): readonly Finding[] {
  const { group } = splitUserId(line.id);
  if (line.type !== 'u' || group === null || /^[0-9%]/.test(group)) return [];
  if (definedGroups(placed).has(group)) return [];
  if (accounts !== null && findGroup(accounts.groups, group) !== undefined) return [];
  const message = `nothing defines the group ${group}: systemd-sysusers makes no user ${line.name}, and exits 0`;
  const find = findingsOf(file)(line.line);
  const severity = accounts === null ? 'warning' : 'error';
  return [find(severity, 'VP_LINT_ACCOUNT', message, `add a line: g ${group} -`)];
}
