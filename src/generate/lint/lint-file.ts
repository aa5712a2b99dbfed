import type { Finding, LintCode } from '../../errors.ts';
import type { GroupEntry } from '../../formats/group.ts';
import type { PasswdEntry } from '../../formats/passwd.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Target } from '../../targets/target.ts';

export type LintKind = 'udev-rules' | 'sysusers' | 'tmpfiles' | 'qemu-conf' | 'policy' | 'spec';

/** A text to look at. */
export interface LintFile {
  /** As findings name it. */
  readonly path: string;
  /** The base name under which the tools of the target sort it. */
  readonly name: string;
  readonly kind: LintKind;
  readonly text: string;
}

/** What is known about where the files go; null where nothing is, and then no rule asks for it. */
export interface LintContext {
  readonly target: Target | null;
  readonly policy: Policy | null;
  readonly accounts: LintAccounts | null;
}

/** What is known while a set of files is looked at: also the groups that the set itself will make. */
export interface LintSetting extends LintContext {
  readonly plannedGroups: ReadonlySet<string>;
}

/** The accounts that the root has already. */
export interface LintAccounts {
  readonly users: readonly PasswdEntry[];
  readonly groups: readonly GroupEntry[];
}

/** Makes the findings of one file: `at(line)(severity, code, message, hint)`. */
export function findingsOf({ path }: Pick<LintFile, 'path'>) {
  return (line: number) =>
    (severity: Finding['severity'], code: LintCode, message: string, hint: string): Finding => {
      return { code, severity, path, line, message, hint };
    };
}

export type FindingMaker = ReturnType<ReturnType<typeof findingsOf>>;

/** What is said about an octal number, null when it is one that the tools take: up to 07777. */
export function describeModeFault(text: string): string | null {
  if (!/^[0-7]+$/.test(text)) return 'is no octal mode';
  return Number.parseInt(text, 8) > 0o7777 ? 'is larger than 07777' : null;
}
