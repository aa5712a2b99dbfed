import type { Finding } from '../../errors.ts';
import { matchesGlob } from '../../formats/glob.ts';
import { isMatch, type UdevRule, type UdevToken } from '../../formats/udev-rules.ts';
import { isVersionWithin } from '../../targets/version.ts';
import type { FindingMaker, LintContext, LintFile } from './lint-file.ts';

// The rule that acts on the tag; what sorts behind it comes too late.
const actor = '73-seat-late.rules';

/** TAG+="uaccess" that gives nobody access, or that needs not be. `rules` are all of the file. */
export function lintUaccess(
  rule: UdevRule,
  rules: readonly UdevRule[],
  { name }: Pick<LintFile, 'name'>,
  { target }: LintContext,
  find: FindingMaker,
): readonly Finding[] {
  if (!rule.tokens.some(givesTag)) return [];
  const isNeeded = target === null || isVersionWithin(target.systemd, '>=258.0.0');
  return [
    ...(name < actor ? [] : [lateFinding(name, find)]),
    ...(isOnlyForAdd(rule, rules) ? [addFinding(isNeeded, find)] : []),
    ...(rule.tokens.some(opensToAll) ? [worldFinding(find)] : []),
  ];
}

/** Whether the token gives the tag uaccess. */
export function givesTag({ key, operator, value }: UdevToken): boolean {
  return key === 'TAG' && ['=', '+=', ':='].includes(operator) && value === 'uaccess';
}

function lateFinding(name: string, find: FindingMaker): Finding {
  const message = `${actor} acts on uaccess, and ${name} comes behind it: nobody gets access`;
  return find('error', 'VP_LINT_UACCESS', message, 'use a file name below 73, as 60-');
}

function addFinding(isNeeded: boolean, find: FindingMaker): Finding {
  const since = isNeeded ? '' : ' from systemd 258 on';
  const message = `uaccess only for ACTION=="add"${since}: the next change of the device takes it away`;
  const hint = 'leave ACTION out, or write ACTION!="remove"';
  return find(isNeeded ? 'error' : 'warning', 'VP_LINT_UACCESS', message, hint);
}

function worldFinding(find: FindingMaker): Finding {
  const message = 'uaccess gives nobody anything here: the mode lets everybody in';
  return find('warning', 'VP_LINT_UACCESS', message, 'leave the tag out, or use mode 0660');
}

function opensToAll({ key, operator, value }: UdevToken): boolean {
  const isAssigned = key === 'MODE' && ['=', ':=', '+='].includes(operator);
  return isAssigned && /^[0-7]{3,5}$/.test(value) && (Number.parseInt(value, 8) & 0o006) === 0o006;
}

// Either in the rule itself, or by a jump over it for everything but add.
function isOnlyForAdd(rule: UdevRule, rules: readonly UdevRule[]): boolean {
  if (rule.tokens.some(isAddOnly)) return true;
  return rules.slice(0, rules.indexOf(rule)).some((jump) => {
    const asked = jump.tokens.filter(isMatch);
    if (asked.length === 0 || !asked.every(isNotAdd)) return false;
    const label = jump.tokens.find(({ key }) => key === 'GOTO')?.value;
    const isBehind = (other: UdevRule) => rules.indexOf(other) > rules.indexOf(rule);
    return label !== undefined && rules.filter(isBehind).some((other) => hasLabel(other, label));
  });
}

function isAddOnly({ key, operator, value }: UdevToken): boolean {
  return key === 'ACTION' && operator === '==' && !takesChange(value);
}

function isNotAdd({ key, operator, value }: UdevToken): boolean {
  return key === 'ACTION' && (operator === '!=' ? !takesChange(value) : takesChange(value));
}

function takesChange(value: string): boolean {
  return value.split('|').some((pattern) => matchesGlob(pattern, 'change'));
}

function hasLabel({ tokens }: UdevRule, label: string): boolean {
  return tokens.some(({ key, value }) => key === 'LABEL' && value === label);
}
