import type { Finding } from '../../errors.ts';
import { findGroup, type GroupEntry } from '../../formats/group.ts';
import { isMatch, type UdevRule, type UdevToken } from '../../formats/udev-rules.ts';
import { isVersionWithin } from '../../targets/version.ts';
import { describeModeFault, type FindingMaker, type LintSetting } from './lint-file.ts';

/** Who gets at a device: modes, groups and owners that udev takes and does not set. */
export function lintAccess(
  { tokens }: UdevRule,
  context: LintSetting,
  find: FindingMaker,
): readonly Finding[] {
  return tokens
    .filter((token) => !isMatch(token))
    .flatMap((token) => {
      if (token.key === 'MODE') return lintMode(token, find);
      if (token.key === 'GROUP') return lintGroup(token, context, find);
      if (token.key === 'OWNER') return lintNumber(token, find);
      return token.key === 'OPTIONS' ? lintStaticNode(token, context, find) : [];
    });
}

function lintMode({ value }: UdevToken, find: FindingMaker): readonly Finding[] {
  if (isSubstituted(value)) return [];
  const fault = describeModeFault(value);
  const hint = 'write four octal digits, as 0660';
  if (fault !== null) {
    const message = `MODE="${value}" ${fault}: udev ignores it when the device appears`;
    return [find('error', 'VP_LINT_MODE', message, hint)];
  }
  if (Number.parseInt(value, 8) <= 0o777) return [];
  const message = `MODE="${value}" sets more than who may read and write`;
  return [find('warning', 'VP_LINT_MODE', message, hint)];
}

/** A group that udev does not know, or does not take on the target. */
export function lintGroup(
  token: Pick<UdevToken, 'value'>,
  context: LintSetting,
  find: FindingMaker,
): readonly Finding[] {
  const { value } = token;
  if (isSubstituted(value) || context.accounts === null)
    return lintGroupNumber(token, find, context);
  const isNumber = /^[0-9]+$/.test(value);
  const group = findGroup(context.accounts.groups, value);
  if (group !== undefined) return lintGid(group, context, find);
  if (isNumber || context.plannedGroups.has(value)) return lintGroupNumber(token, find, context);
  const message = `there is no group ${value} here: udev ignores GROUP="${value}"`;
  const hint = 'make the group (sysusers.d) before udev reads the rule, or name another';
  return [find('warning', 'VP_LINT_GROUP', message, hint)];
}

function lintGroupNumber(
  { value }: Pick<UdevToken, 'value'>,
  find: FindingMaker,
  context: LintSetting,
): readonly Finding[] {
  if (!/^[0-9]+$/.test(value)) return [];
  const entry = { name: value, gid: Number(value), members: [] };
  return [...lintNumber({ key: 'GROUP', value }, find), ...lintGid(entry, context, find)];
}

function lintNumber(
  { key, value }: Pick<UdevToken, 'key' | 'value'>,
  find: FindingMaker,
): readonly Finding[] {
  if (!/^[0-9]+$/.test(value) || value === '0') return [];
  const message = `${key}="${value}" is a number: which account that is differs between hosts`;
  return [find('warning', 'VP_LINT_GROUP', message, 'write the name')];
}

function lintGid(
  { name, gid }: GroupEntry,
  { target }: LintSetting,
  find: FindingMaker,
): readonly Finding[] {
  if (gid <= 999) return [];
  const isIgnored = target !== null && isVersionWithin(target.systemd, '>=258.0.0 <260.0.0');
  const what = isIgnored
    ? `systemd ${target?.systemd} ignores it`
    : 'systemd 258 and 259 ignore it';
  const message = `group ${name} has gid ${gid}, above 999: ${what}`;
  const hint = 'give the group a gid of the system, 1 to 999';
  return [find(isIgnored ? 'error' : 'warning', 'VP_LINT_GROUP', message, hint)];
}

function lintStaticNode(
  { value }: UdevToken,
  { target }: LintSetting,
  find: FindingMaker,
): readonly Finding[] {
  if (target?.staticNode !== false || !value.startsWith('static_node=')) return [];
  const message = `udev ${target.systemd} of ${target.id} does not know static_node`;
  return [find('error', 'VP_LINT_STATIC_NODE', message, 'leave OPTIONS out')];
}

function isSubstituted(value: string): boolean {
  return /[$%]/.test(value);
}
