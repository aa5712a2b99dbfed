import type { Finding } from '../../errors.ts';
import type { LintFile } from '../../generate/lint/lint-file.ts';
import { lintKvm } from '../../generate/lint/lint-kvm.ts';
import { installedName, kindOfRole } from '../../generate/lint/lint-payload.ts';
import type { HostFacts } from '../facts/facts.ts';
import { pathInRoot } from '../root.ts';
import type { Intent } from './intent.ts';
import { type InstalledFile, installedFiles } from './plan-files.ts';

/** Rules and tmpfiles lines of others that win over ours, once ours are in place: by file and line. */
export function describeKvmRules(intent: Intent, facts: HostFacts): readonly Finding[] {
  const { policy, target } = intent;
  const files = filesAfterwards(intent, facts);
  const accounts = { users: facts.users, groups: facts.groups };
  return lintKvm(files, { target, policy, accounts })
    .filter(({ severity }) => severity !== 'info')
    .map(asWarning);
}

/** The files that udev and systemd-tmpfiles read when the plan is done. */
function filesAfterwards(
  intent: Intent,
  { root, merged, oldFiles }: HostFacts,
): readonly LintFile[] {
  const own = installedFiles(intent).flatMap((file) => lintFileOf(file, root));
  const gone = oldFiles
    .filter(({ isOwn }) => isOwn)
    .map(({ path }) => pathInRoot({ path: root }, path));
  const kept = merged.filter(({ path, kind, name }) => {
    const isReplaced = own.some((file) => file.kind === kind && file.name === name);
    return !isReplaced && !gone.includes(path);
  });
  return [...own, ...kept];
}

function lintFileOf(file: InstalledFile, root: string): readonly LintFile[] {
  const { name, role, destination, text } = file;
  const kind = kindOfRole(role);
  if (kind !== 'udev-rules' && kind !== 'tmpfiles') return [];
  const path = pathInRoot({ path: root }, destination);
  return [{ path, name: installedName(name, destination), kind, text }];
}

function asWarning({ path, line, message, ...finding }: Finding): Finding {
  const place = path === undefined ? {} : { path, ...(line === undefined ? {} : { line }) };
  const where = path === undefined ? '' : `${path}:${line}: `;
  const hint =
    'take that line out or make it agree: it wins when the device appears, and at each new guest of KVM';
  return { ...finding, ...place, severity: 'warning', message: `${where}${message}`, hint };
}
