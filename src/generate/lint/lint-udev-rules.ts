import type { Finding } from '../../errors.ts';
import { parseUdevRules } from '../../formats/udev-rules.ts';
import { findingsOf, type LintFile, type LintSetting } from './lint-file.ts';
import { lintAccess } from './udev-access.ts';
import { lintKeys } from './udev-keys.ts';
import { lintStyle } from './udev-style.ts';
import { lintUaccess } from './udev-uaccess.ts';

/** What udev drops, ignores or reads as something else in a file of rules. */
export function lintUdevRules(file: LintFile, context: LintSetting): readonly Finding[] {
  const { rules, faults } = parseUdevRules(file.text);
  const at = findingsOf(file);
  return [
    ...faults.map(({ line, message }) =>
      at(line)(
        'error',
        'VP_LINT_SYNTAX',
        `${message}: udev leaves out the whole rule`,
        'see udev(7)',
      ),
    ),
    ...rules.flatMap((rule) => {
      const find = at(rule.line);
      return [
        ...lintKeys(rule, find),
        ...lintStyle(rule, find),
        ...lintAccess(rule, context, find),
        ...lintUaccess(rule, rules, file, context, find),
      ];
    }),
    ...lintEnd(file),
  ];
}

/** A last line without its line break: what is put behind it joins it. */
export function lintEnd(file: LintFile): readonly Finding[] {
  if (file.text === '' || file.text.endsWith('\n')) return [];
  const find = findingsOf(file)(file.text.split('\n').length);
  const message = 'the last line has no line break';
  return [find('warning', 'VP_LINT_STYLE', message, 'end the file with a line break')];
}
