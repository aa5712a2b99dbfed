import type { Finding } from '../../errors.ts';
import { findGroup, nameOfGroup } from '../../formats/group.ts';
import type { Policy } from '../../policy/policy.ts';
import { findKvmAssignments, findWinner, type KvmAssignment, properties } from './kvm-rules.ts';
import { findKvmLines, type KvmLine } from './kvm-tmpfiles.ts';
import { findingsOf, type LintAccounts, type LintContext, type LintFile } from './lint-file.ts';
import { isSameMode } from './lint-tmpfiles.ts';

/** What the merged rules and tmpfiles lines of a root make of /dev/kvm: each one, and whether it is as the policy says. */
export function lintKvm(files: readonly LintFile[], context: LintContext): readonly Finding[] {
  const assignments = findKvmAssignments(files.filter(({ kind }) => kind === 'udev-rules'));
  const lines = findKvmLines(files.filter(({ kind }) => kind === 'tmpfiles'));
  const winners = properties.flatMap((property) => findWinner(assignments, property) ?? []);
  return [
    ...assignments.map((assignment) => describeAssignment(assignment, winners)),
    ...lines.map((line) => describeLine(line, lines.at(-1) === line)),
    ...(context.policy === null ? [] : lintPolicy(context.policy, context, winners, lines.at(-1))),
  ];
}

/** An assignment in the words of the rule. */
export function printAssignment({ property, value }: KvmAssignment): string {
  if (property === 'mode') return `MODE="${value}"`;
  if (property === 'group') return `GROUP="${value}"`;
  return value === 'yes' ? 'the tag uaccess' : 'the tag uaccess taken away';
}

/** Where an assignment stands. */
export function placeOf({ file, line }: KvmAssignment): string {
  return `${file.path}:${line}`;
}

function describeAssignment(assignment: KvmAssignment, winners: readonly KvmAssignment[]): Finding {
  const winner = winners.find(({ property }) => property === assignment.property);
  const wins = winner === undefined || winner === assignment;
  const fate = wins ? 'which counts' : `overridden by ${placeOf(winner)}`;
  const condition = assignment.isCertain ? '' : ' under conditions';
  const message = `/dev/kvm gets ${printAssignment(assignment)}${condition}, ${fate}`;
  return findingsOf(assignment.file)(assignment.line)('info', 'VP_LINT_KVM', message, '');
}

function describeLine({ file, line }: KvmLine, wins: boolean): Finding {
  const { mode, group } = line;
  const what = [mode === null ? [] : [`mode ${mode}`], group === null ? [] : [`group ${group}`]];
  const fate = wins ? 'which counts' : 'overridden by a later line';
  const message = `/dev/kvm gets ${what.flat().join(' and ')} from systemd-tmpfiles, ${fate}`;
  return findingsOf(file)(line.line)('info', 'VP_LINT_KVM', message, '');
}

function lintPolicy(
  policy: Policy,
  { accounts }: LintContext,
  winners: readonly KvmAssignment[],
  line: KvmLine | undefined,
): readonly Finding[] {
  return [
    ...properties
      .filter((property) => !winners.some((winner) => winner.property === property))
      .flatMap((property) => missingFinding(property, policy)),
    ...winners
      .filter((winner) => !isAsWanted(winner, policy, accounts))
      .map((winner) => wrongFinding(winner, policy)),
    ...(line === undefined ? [] : lintLine(line, policy, accounts)),
  ];
}

function isAsWanted(
  { property, value }: KvmAssignment,
  { kvm }: Policy,
  accounts: LintAccounts | null,
): boolean {
  if (property === 'mode') return isSameMode(value, kvm.mode);
  if (property === 'group') return isSameGroup(value, kvm.group.name, accounts);
  // Where everybody may open the node, the tag changes nothing.
  return kvm.access === 'world' || (value === 'yes') === (kvm.access === 'uaccess');
}

function isSameGroup(text: string, name: string, accounts: LintAccounts | null): boolean {
  if (text === name || accounts === null) return text === name;
  return /^\d+$/.test(text) && findGroup(accounts.groups, name)?.gid === Number(text);
}

const hint = '`provision apply` writes the rule; a rule that sorts behind it must go or agree';

function missingFinding(property: KvmAssignment['property'], { kvm }: Policy): readonly Finding[] {
  const wanted = { mode: `mode ${kvm.mode}`, group: `group ${kvm.group.name}`, uaccess: 'uaccess' };
  if (property === 'uaccess' && kvm.access !== 'uaccess') return [];
  const message = `no udev rule gives /dev/kvm the ${wanted[property]} of the policy`;
  return [{ code: 'VP_LINT_KVM', severity: 'error', message, hint }];
}

function wrongFinding(winner: KvmAssignment, { kvm }: Policy): Finding {
  const { property, isCertain } = winner;
  const wanted = {
    mode: `MODE="${kvm.mode}"`,
    group: `GROUP="${kvm.group.name}"`,
    uaccess: kvm.access === 'uaccess' ? 'the tag uaccess' : 'no tag uaccess',
  };
  const message = `${printAssignment(winner)} ${isCertain ? 'counts' : 'may count'} for /dev/kvm; the policy says ${wanted[property]}`;
  const severity = isCertain ? 'error' : 'warning';
  return findingsOf(winner.file)(winner.line)(severity, 'VP_LINT_KVM', message, hint);
}

function lintLine(
  { file, line }: KvmLine,
  { kvm }: Policy,
  accounts: LintAccounts | null,
): readonly Finding[] {
  const { mode, group } = line;
  const groupName =
    group !== null && /^\d+$/.test(group) && accounts !== null
      ? nameOfGroup(accounts.groups, Number(group))
      : group;
  const wrong = [
    ...(mode === null || isSameMode(mode, kvm.mode) ? [] : [`mode ${mode}, not ${kvm.mode}`]),
    ...(groupName === null || groupName === kvm.group.name
      ? []
      : [`group ${group}, not ${kvm.group.name}`]),
  ];
  const find = findingsOf(file)(line.line);
  return wrong.map((what) => {
    const message = `systemd-tmpfiles gives /dev/kvm ${what}, whatever udev has set`;
    const advice = '`provision apply` writes zz-virt-privileges-kvm.conf, which sorts behind';
    return find('error', 'VP_LINT_KVM', message, advice);
  });
}
