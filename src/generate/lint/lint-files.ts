import type { Finding } from '../../errors.ts';
import { lintQemuConf } from '../../formats/qemu-conf-lint.ts';
import { catchFinding } from './catch-finding.ts';
import { findKvmAssignments, findWinner } from './kvm-rules.ts';
import type { LintContext, LintFile, LintKind } from './lint-file.ts';
import { lintSysusers, placeLines } from './lint-sysusers.ts';
import { lintTmpfiles } from './lint-tmpfiles.ts';
import { lintUdevRules } from './lint-udev-rules.ts';
import { definedGroups } from './sysusers-set.ts';

/** Every finding of files that go to one root together. Spec files are for rpm's own tools, policies for their parser. */
export function lintFiles(files: readonly LintFile[], context: LintContext): readonly Finding[] {
  const of = (kind: LintKind) => files.filter((file) => file.kind === kind);
  const [rules, sysusers] = [of('udev-rules'), of('sysusers')];
  const setting = { ...context, plannedGroups: definedGroups(placeLines(sysusers)) };
  const udevMode = findWinner(findKvmAssignments(rules), 'mode')?.value ?? null;
  return [
    ...rules.flatMap((file) => lintUdevRules(file, setting)),
    ...lintSysusers(sysusers, context),
    ...of('tmpfiles').flatMap((file) => lintTmpfiles(file, udevMode)),
    ...of('qemu-conf').flatMap(lintConf),
  ];
}

function lintConf({ text, path }: LintFile): readonly Finding[] {
  return catchFinding(() => lintQemuConf(text, path));
}
