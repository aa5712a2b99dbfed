import type { Finding } from '../../errors.ts';
import { parseTmpfiles, type TmpfilesLine } from '../../formats/tmpfiles.ts';
import { describeModeFault, type FindingMaker, findingsOf, type LintFile } from './lint-file.ts';
import { lintEnd } from './lint-udev-rules.ts';

// systemd's own lines for device nodes, /dev/kvm among them.
const builtIn = 'static-nodes-permissions.conf';

/** What systemd-tmpfiles refuses, or takes and another file undoes. `udevMode` is that of our rule for /dev/kvm. */
export function lintTmpfiles(file: LintFile, udevMode: string | null): readonly Finding[] {
  const { lines, faults } = parseTmpfiles(file.text);
  const at = findingsOf(file);
  return [
    ...faults.map(({ line, message }) =>
      at(line)('error', 'VP_LINT_SYNTAX', message, 'see tmpfiles.d(5)'),
    ),
    ...lines.flatMap((line) => [
      ...lintMode(line, at(line.line)),
      ...(line.path === '/dev/kvm' ? lintKvm(line, file, udevMode, at(line.line)) : []),
    ]),
    ...lintEnd(file),
  ];
}

function lintMode({ mode, path }: TmpfilesLine, find: FindingMaker): readonly Finding[] {
  if (mode === null) return [];
  const fault = describeModeFault(mode.replace(/^[~:]+/, ''));
  if (fault === null) return [];
  const message = `the mode ${mode} of ${path} ${fault}: systemd-tmpfiles refuses the line`;
  return [find('error', 'VP_LINT_MODE', message, 'write four octal digits, as 0660')];
}

function lintKvm(
  { mode }: TmpfilesLine,
  { name }: LintFile,
  udevMode: string | null,
  find: FindingMaker,
): readonly Finding[] {
  const isOther = mode !== null && udevMode !== null && !isSameMode(mode, udevMode);
  const otherwise = `mode ${mode}, and the udev rule beside it sets ${udevMode}: whichever ran last wins`;
  return [
    ...(name > builtIn ? [] : [orderFinding(name, find)]),
    ...(isOther ? [find('error', 'VP_LINT_MODE', otherwise, 'say the same in both')] : []),
  ];
}

function orderFinding(name: string, find: FindingMaker): Finding {
  const message =
    name === builtIn
      ? `${builtIn} takes the place of systemd's file with all its other lines`
      : `${name} sorts before ${builtIn} of systemd, whose line for /dev/kvm undoes this one`;
  const hint = 'use a name that sorts behind it, as zz-virt-privileges-kvm.conf';
  return find('warning', 'VP_LINT_ORDER', message, hint);
}

/** Whether two octal texts are the same mode; prefixes of tmpfiles.d do not count. */
export function isSameMode(left: string, right: string): boolean {
  const number = (text: string) => Number.parseInt(text.replace(/^[~:]+/, ''), 8);
  return number(left) === number(right);
}
