import { AppError, type Finding } from '../../errors.ts';
import { type SysusersLine, splitUserId } from '../../formats/sysusers.ts';
import type { Target } from '../../targets/target.ts';
import { accountProvides } from '../account-provides.ts';
import type { FindingMaker, LintContext } from './lint-file.ts';

/** One line by itself: what systemd refuses, and what the rpm of the target cannot carry or obey. */
export function lintSysusersLine(
  line: SysusersLine,
  { target }: LintContext,
  find: FindingMaker,
): readonly Finding[] {
  return [
    ...lintPath('home', line.home, find),
    ...lintPath('shell', line.shell, find),
    ...lintIds(line, target, find),
    ...(target === null ? [] : lintModifier(line, target, find)),
    ...(target === null || target.rpmMacro === null ? [] : lintForRpm(line, target, find)),
  ];
}

function lintPath(field: string, value: string | null, find: FindingMaker): readonly Finding[] {
  if (value === null || /^[/%]/.test(value)) return [];
  const message = `the ${field} '${value}' is no absolute path: systemd-sysusers refuses the line`;
  return [find('error', 'VP_LINT_SYNTAX', message, 'write a path that starts with /, or -')];
}

function lintIds(
  line: SysusersLine,
  target: Target | null,
  find: FindingMaker,
): readonly Finding[] {
  if (line.type === 'g') return lintId('gid', line.id, target?.gid ?? null, find);
  if (line.type !== 'u') return [];
  const { uid, group } = splitUserId(line.id);
  const gid = group !== null && /^[0-9]+$/.test(group) ? group : null;
  return [
    ...lintId('uid', uid, target?.uid ?? null, find),
    ...lintId('gid', gid, target?.gid ?? null, find),
  ];
}

function lintId(
  kind: 'uid' | 'gid',
  text: string | null,
  own: number | null,
  find: FindingMaker,
): readonly Finding[] {
  if (text === null || text.startsWith('/') || text.includes('%')) return [];
  const hint = `use a ${kind} of the system, 1 to 999`;
  if (!/^[0-9]+$/.test(text))
    return [find('error', 'VP_LINT_ACCOUNT', `'${text}' is no ${kind}: the line is refused`, hint)];
  const fault = describeId(kind, Number(text), own);
  return fault === null
    ? []
    : [find(fault[0], 'VP_LINT_ACCOUNT', `${kind} ${text} ${fault[1]}`, hint)];
}

function describeId(
  kind: 'uid' | 'gid',
  id: number,
  own: number | null,
): readonly ['error' | 'warning', string] | null {
  if (id >= 4294967295) return ['error', 'means no account to the kernel: the line is refused'];
  if (id === 65535) return ['error', 'means no account to old file systems: the line is refused'];
  if (id === 0 && kind === 'uid') return ['error', 'is root’s: this account would be root'];
  if (id === 65534) return ['error', 'is nobody’s'];
  if (id <= 999 || id === own) return null;
  return ['warning', 'is above 999, among the ids of people and of systemd’s own users'];
}

function lintModifier(line: SysusersLine, target: Target, find: FindingMaker): readonly Finding[] {
  if (line.modifier === '' || target.bangOk) return [];
  const message = `u! is not understood by rpm ${target.rpm} and systemd ${target.systemd} of ${target.id}: there is no user`;
  const hint = 'write u; u! needs rpm 4.20.1 and systemd 257';
  return [find('error', 'VP_LINT_RPM', message, hint)];
}

function lintForRpm(line: SysusersLine, target: Target, find: FindingMaker): readonly Finding[] {
  return [
    ...(line.type === 'm' && !target.membersOk ? [memberFinding(target, find)] : []),
    ...describeUnsupported(line).map((what) =>
      find('warning', 'VP_LINT_RPM', `rpm ignores ${what}`, 'write a plain u, g or m line'),
    ),
    ...(line.type === 'r' ? [] : lintVersion(line, find)),
  ];
}

function memberFinding({ rpm, id }: Target, find: FindingMaker): Finding {
  const message = `a line of type m fails the build of a package with rpm ${rpm} of ${id}`;
  return find('error', 'VP_LINT_RPM', message, 'make the membership in %pre: usermod -a -G');
}

function describeUnsupported({ type, name, id }: SysusersLine): readonly string[] {
  return [
    ...(type === 'r' ? ['lines of type r'] : []),
    ...([name, id].some((field) => field?.includes('%')) ? ['specifiers such as %i'] : []),
    ...(id?.startsWith('/') ? ['an id that is taken from a path'] : []),
  ];
}

// rpm carries each line as the version of a Provides, in base64.
function lintVersion(line: SysusersLine, find: FindingMaker): readonly Finding[] {
  try {
    accountProvides(line.text);
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const message = 'rpmbuild refuses this line: as a version in base64 it has a /';
    const hint = 'change the comment of the user: no ?, no letter beyond ASCII, other words';
    return [find('error', 'VP_LINT_RPM', message, hint)];
  }
}
