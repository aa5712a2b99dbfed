import type { Finding } from '../../errors.ts';
import {
  isMatch,
  printUdevToken,
  type UdevRule,
  type UdevToken,
} from '../../formats/udev-rules.ts';
import type { FindingMaker } from './lint-file.ts';

/** Keys, attributes and operators that udev refuses or reads as something else; it then drops the whole rule. */
export function lintKeys({ tokens }: UdevRule, find: FindingMaker): readonly Finding[] {
  const findings = tokens.flatMap((token) => lintToken(token, find));
  return findings.length > 0 || hasEffect(tokens)
    ? findings
    : [find('warning', 'VP_LINT_KEY', 'the rule only asks and sets nothing', 'add an assignment')];
}

type Use = 'match' | 'assign' | 'both';
type Attribute = 'never' | 'always' | 'maybe';

// systemd 257, udev-rules.c; PROGRAM and IMPORT run, whatever their operator.
const keys: Readonly<Record<string, readonly [Use, Attribute]>> = {
  ACTION: ['match', 'never'],
  DEVPATH: ['match', 'never'],
  KERNEL: ['match', 'never'],
  KERNELS: ['match', 'never'],
  SYMLINK: ['both', 'never'],
  NAME: ['both', 'never'],
  ENV: ['both', 'always'],
  CONST: ['match', 'always'],
  TAG: ['both', 'never'],
  TAGS: ['match', 'never'],
  SUBSYSTEM: ['match', 'never'],
  SUBSYSTEMS: ['match', 'never'],
  DRIVER: ['match', 'never'],
  DRIVERS: ['match', 'never'],
  ATTR: ['both', 'always'],
  SYSCTL: ['both', 'always'],
  ATTRS: ['match', 'always'],
  TEST: ['match', 'maybe'],
  PROGRAM: ['both', 'never'],
  IMPORT: ['both', 'always'],
  RESULT: ['match', 'never'],
  OPTIONS: ['assign', 'never'],
  OWNER: ['assign', 'never'],
  GROUP: ['assign', 'never'],
  MODE: ['assign', 'never'],
  SECLABEL: ['assign', 'always'],
  RUN: ['assign', 'maybe'],
  GOTO: ['assign', 'never'],
  LABEL: ['assign', 'never'],
};
const operators = {
  match: '== or !=',
  assign: '= or :=',
  both: '==, !=, = or :=',
} as const;
const drops = 'udev leaves out the whole rule';

function lintToken(token: UdevToken, find: FindingMaker): readonly Finding[] {
  const { key, operator } = token;
  const [use, attribute] = Object.hasOwn(keys, key) ? (keys[key] ?? []) : [];
  if (use === undefined || attribute === undefined)
    return [find('error', 'VP_LINT_KEY', `${key} is no key of udev: ${drops}`, 'see udev(7)')];
  if (isWrongAttribute(token, attribute)) {
    const message = `${key} ${attribute === 'never' ? 'takes no' : 'needs an'} attribute: ${drops}`;
    return [find('error', 'VP_LINT_KEY', message, 'see udev(7)')];
  }
  if (isMatch(token) ? use === 'assign' : use === 'match' || isWrongRemoval(token)) {
    const message = `${printUdevToken(token)}: ${key} takes no ${operator}: ${drops}`;
    return [find('error', 'VP_LINT_KEY', message, `use ${operators[use]}`)];
  }
  return [...lintAddition(token, find), ...lintName(token, find)];
}

function isWrongAttribute(token: UdevToken, attribute: Attribute): boolean {
  if (attribute === 'always') return token.attribute === null;
  return attribute === 'never' && token.attribute !== null;
}

function isWrongRemoval({ key, operator }: UdevToken): boolean {
  return operator === '-=' && key !== 'TAG' && key !== 'SYMLINK';
}

function lintAddition({ key, operator }: UdevToken, find: FindingMaker): readonly Finding[] {
  if (operator !== '+=' || !['MODE', 'GROUP', 'OWNER', 'NAME'].includes(key)) return [];
  const message = `${key} holds one value: udev reads += as =`;
  return [find('warning', 'VP_LINT_KEY', message, `write ${key}=`)];
}

function lintName(token: UdevToken, find: FindingMaker): readonly Finding[] {
  if (token.key !== 'NAME' || isMatch(token) || token.value !== '%k') return [];
  const hint = 'leave it out: device nodes bear the name that the kernel gives';
  return [find('warning', 'VP_LINT_KEY', 'NAME="%k" has no effect', hint)];
}

function hasEffect(tokens: readonly UdevToken[]): boolean {
  return tokens.some((token) => !isMatch(token) || ['PROGRAM', 'IMPORT'].includes(token.key));
}
