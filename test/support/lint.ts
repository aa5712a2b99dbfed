import type { Finding } from '../../src/errors.ts';
import type { LintContext, LintFile, LintKind } from '../../src/generate/lint/lint-file.ts';

/** Nothing is known of where the files go. */
export const nowhere: LintContext = { target: null, policy: null, accounts: null };

export function lintFile(kind: LintKind, name: string, text: string): LintFile {
  return { path: name, name, kind, text };
}

/** `LINE severity CODE message`: a finding in one line, the code without its start. */
export function brief({ line, severity, code, message }: Finding): string {
  return `${line ?? '-'} ${severity} ${code.replace('VP_LINT_', '')} ${message}`;
}
