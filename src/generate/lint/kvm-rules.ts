import { matchesGlob } from '../../formats/glob.ts';
import {
  isMatch,
  parseUdevRules,
  type UdevRule,
  type UdevToken,
} from '../../formats/udev-rules.ts';
import type { LintFile } from './lint-file.ts';
import { givesTag } from './udev-uaccess.ts';

/** What decides who may open the node. */
export const properties = ['mode', 'group', 'uaccess'] as const;

/** One value that a rule gives to /dev/kvm. */
export interface KvmAssignment {
  readonly file: LintFile;
  readonly line: number;
  readonly property: (typeof properties)[number];
  /** For uaccess `yes` or `no`. */
  readonly value: string;
  /** False when it hangs on something that only the running system knows. */
  readonly isCertain: boolean;
  /** No later rule can change it. */
  readonly isFinal: boolean;
}

/** What the rules of these files, in the order of their base names, give to /dev/kvm when it appears. */
export function findKvmAssignments(files: readonly LintFile[]): readonly KvmAssignment[] {
  return files
    .filter(hasAssignments)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((file) => walk(file, parseUdevRules(file.text).rules));
}

// Most files set nothing of a node, and reading them takes a while.
function hasAssignments({ text }: LintFile): boolean {
  return /MODE|GROUP|TAG/.test(text.replace(/\\\n\s*/g, ''));
}

/** Of several assignments the one that counts: the last, or the first that is final. */
export function findWinner(
  assignments: readonly KvmAssignment[],
  property: KvmAssignment['property'],
): KvmAssignment | undefined {
  const same = assignments.filter((assignment) => assignment.property === property);
  return same.find(({ isFinal }) => isFinal) ?? same.at(-1);
}

type Verdict = 'no' | 'perhaps' | 'yes';

function walk(file: LintFile, rules: readonly UdevRule[]): readonly KvmAssignment[] {
  const found: KvmAssignment[] = [];
  for (let index = 0; index < rules.length; ) {
    const rule = rules[index];
    if (rule === undefined) break;
    const verdict = judge(rule);
    if (verdict === 'yes' || (verdict === 'perhaps' && namesKvm(rule)))
      found.push(...assignmentsOf(file, rule, verdict === 'yes'));
    index = verdict === 'yes' ? targetOf(rule, rules, index) : index + 1;
  }
  return found;
}

function targetOf(rule: UdevRule, rules: readonly UdevRule[], index: number): number {
  const label = rule.tokens.find(({ key }) => key === 'GOTO')?.value;
  const target = rules.findIndex(({ tokens }, place) => {
    return place > index && tokens.some(({ key, value }) => key === 'LABEL' && value === label);
  });
  return label === undefined || target < 0 ? index + 1 : target;
}

function judge({ tokens }: UdevRule): Verdict {
  const verdicts = tokens.filter(isQuestion).map(judgeToken);
  if (verdicts.includes('no')) return 'no';
  return verdicts.includes('perhaps') ? 'perhaps' : 'yes';
}

function isQuestion(token: UdevToken): boolean {
  return isMatch(token) || token.key === 'PROGRAM' || token.key === 'IMPORT';
}

// The node as it appears; it has no parent, so the keys that ask upwards ask the node itself.
const facts: Readonly<Record<string, string>> = {
  ACTION: 'add',
  KERNEL: 'kvm',
  KERNELS: 'kvm',
  SUBSYSTEM: 'misc',
  SUBSYSTEMS: 'misc',
  DRIVER: '',
  DRIVERS: '',
  DEVPATH: '/devices/virtual/misc/kvm',
  'ENV{ACTION}': 'add',
  'ENV{DEVNAME}': '/dev/kvm',
  'ENV{DEVPATH}': '/devices/virtual/misc/kvm',
  'ENV{SUBSYSTEM}': 'misc',
  'ENV{MAJOR}': '10',
};
const naming = ['KERNEL', 'KERNELS', 'DEVPATH', 'ENV{DEVNAME}', 'ENV{DEVPATH}'];

function judgeToken(token: UdevToken): Verdict {
  const name = nameOf(token);
  const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
  if (fact === undefined || !isMatch(token)) return 'perhaps';
  return fits(token, fact) === (token.operator === '==') ? 'yes' : 'no';
}

function fits({ value, isCaseInsensitive }: UdevToken, fact: string): boolean {
  return value.split('|').some((pattern) => matchesGlob(pattern, fact, isCaseInsensitive));
}

function namesKvm({ tokens }: UdevRule): boolean {
  return tokens.some((token) => {
    return (
      token.operator === '==' && naming.includes(nameOf(token)) && /k|\[|\?/i.test(token.value)
    );
  });
}

function nameOf({ key, attribute }: UdevToken): string {
  return attribute === null ? key : `${key}{${attribute}}`;
}

function assignmentsOf(
  file: LintFile,
  { tokens, line }: UdevRule,
  isCertain: boolean,
): readonly KvmAssignment[] {
  return tokens.flatMap((token) => {
    const given = readAssignment(token);
    const isFinal = isCertain && token.operator === ':=';
    return given === null ? [] : [{ file, line, ...given, isCertain, isFinal }];
  });
}

function readAssignment(token: UdevToken): Pick<KvmAssignment, 'property' | 'value'> | null {
  if (isMatch(token)) return null;
  if (token.key === 'MODE') return { property: 'mode', value: token.value };
  if (token.key === 'GROUP') return { property: 'group', value: token.value };
  if (givesTag(token)) return { property: 'uaccess', value: 'yes' };
  const takes = token.key === 'TAG' && (token.operator === '=' || token.value === 'uaccess');
  return takes ? { property: 'uaccess', value: 'no' } : null;
}
